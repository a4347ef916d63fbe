INSERT INTO t VALUES (1, 'old'), (5, 'x'), (6, NULL);
