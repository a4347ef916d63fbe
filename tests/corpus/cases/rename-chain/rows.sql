INSERT INTO t VALUES (1, 'was a', 2), (5, 'x', 3);
