INSERT INTO t VALUES (1, 'x', 'b'), (5, 'y', NULL), (6, NULL, NULL);
