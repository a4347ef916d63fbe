INSERT INTO t (a, b, n) VALUES ('x', '1', 'p'), ('y', '2', 'q'), ('Z', '2', NULL);
INSERT INTO kid VALUES ('1', 'X'), ('2', 'y');
