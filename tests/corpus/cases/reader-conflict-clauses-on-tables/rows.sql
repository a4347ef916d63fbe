INSERT INTO t VALUES (1, 1, 3, '1'), (1, 2, 4, '2'), (2, 1, NULL, '3');
DELETE FROM t WHERE b = 2;
