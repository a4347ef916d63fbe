INSERT INTO t VALUES ('y', 1), ('x', 2);
