INSERT INTO t VALUES (1, 'p'), (5, 'q');
