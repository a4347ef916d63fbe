INSERT INTO t VALUES (1, 'abc'), (2, 12), (3, NULL);
