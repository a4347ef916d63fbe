INSERT INTO t VALUES (1, -1), (2, NULL), (3, 'n/a'), (4, 5);
