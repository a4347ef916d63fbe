INSERT INTO t VALUES (1, '555', 'x'), (7, NULL, 'y');
