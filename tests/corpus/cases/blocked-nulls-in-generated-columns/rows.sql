INSERT INTO t (id, a, b) VALUES (1, 'x', 1), (3, NULL, 2), (4, NULL, NULL), (7, 'yy', 5);
INSERT INTO u VALUES (1, 5), (2, NULL);
