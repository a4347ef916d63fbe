INSERT INTO t VALUES (1, 'a', 1, '1'), (2, 'a', 0, '2'), (30, 'B', 1, '3');
DELETE FROM t WHERE id = 2;
