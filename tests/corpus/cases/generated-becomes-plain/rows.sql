INSERT INTO t (id, a) VALUES (1, 'x'), (5, 'y'), (7, NULL);
