INSERT INTO p VALUES (1), (4);
INSERT INTO t VALUES ('x', 1, '1'), ('x', 4, '2');
