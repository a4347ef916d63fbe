INSERT INTO t (rowid, a, n, up) VALUES (3, 'x', '1', NULL), (9, 'y', '2', 3);
