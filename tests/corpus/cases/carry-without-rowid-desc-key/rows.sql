INSERT INTO t VALUES ('x', 1, '1'), ('X', 1, '2'), ('y', 9, NULL);
INSERT INTO kid VALUES (9, 'y');
