INSERT INTO t VALUES (1, 'p', 'p'), (5, 'q', 'other');
