INSERT INTO t (id, done, amount, n) VALUES (1, 0, 12, 7), (2, '1', NULL, NULL), (5, NULL, -3, 1.5), (9, 0, 9007199254740993, '8');
