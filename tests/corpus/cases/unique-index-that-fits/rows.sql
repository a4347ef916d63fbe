INSERT INTO t VALUES (1, 'x', 1), (2, 'X', 0), (3, 'x', 0), (4, NULL, 1), (5, NULL, 1);
