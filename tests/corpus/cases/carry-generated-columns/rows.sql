INSERT INTO t (a, n) VALUES (1, '1'), (3, '3'), (NULL, '4');
