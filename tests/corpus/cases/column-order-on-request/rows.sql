INSERT INTO t VALUES (2, '3', 1), (5, '6', 4);
