INSERT INTO t VALUES (1, '12'), (2, 'x'), (3, NULL);
