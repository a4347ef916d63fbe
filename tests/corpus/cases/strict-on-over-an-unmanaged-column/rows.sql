INSERT INTO t VALUES (1, 'p', 5, 'x'), (5, 'q', 'text', 'y');
