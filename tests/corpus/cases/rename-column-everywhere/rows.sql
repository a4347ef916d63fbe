INSERT INTO t (id, price) VALUES (1, 5), (4, 7);
INSERT INTO c VALUES (5), (NULL);
