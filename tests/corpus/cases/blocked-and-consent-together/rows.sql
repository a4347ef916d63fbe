INSERT INTO t VALUES (1, NULL, 'x', 1), (2, 'a', 'x', NULL);
INSERT INTO old VALUES (1);
