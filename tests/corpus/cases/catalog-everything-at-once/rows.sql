INSERT INTO p VALUES (1), (2);
INSERT INTO t VALUES (1, 'a', 'x', 1, 1, 1, 'k'), (3, 'b', 'y', 100, NULL, 2, NULL), (7, 'c', '', 5, 2, NULL, 'l');
