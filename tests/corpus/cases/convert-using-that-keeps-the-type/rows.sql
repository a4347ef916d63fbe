INSERT INTO t VALUES (1, 'x'), (4, 'y'), (9, 'Z');
