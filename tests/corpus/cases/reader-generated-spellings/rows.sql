INSERT INTO t (a, n) VALUES (1, '1'), (2, '2'), (3, '3'), (4, '4');
DELETE FROM t WHERE a = 1;
