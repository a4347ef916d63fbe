INSERT INTO t VALUES (17, 'a', 1), (412, 'a', 1), (20, 'b', 1), (88, 'b', 2), (3, NULL, 1), (4, NULL, 1);
