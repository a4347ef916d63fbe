INSERT INTO t VALUES (1, 'A', 1), (2, 'a', 2), (3, 'B', 3), (7, 'c', 4);
