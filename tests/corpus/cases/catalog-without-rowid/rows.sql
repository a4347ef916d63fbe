INSERT INTO t VALUES ('a', 1, 'x', 1), ('b', 1, 'y', NULL);
