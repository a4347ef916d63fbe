INSERT INTO src VALUES ('x', 1.5, 3, x'00', 7);
INSERT INTO t (rowid, a, b, "c d", e, f, "select", n) VALUES (4, '01', 2.0, 1, 'text', 5, x'ff', '12'), (9, NULL, 1e9, 2, 3, 'x', '', '7');
