INSERT INTO t (rowid, a, n) VALUES (-9223372036854775808, 'low', '1'), (9223372036854775807, 'high', '2'), (0, 'zero', '3');
INSERT INTO k (rowid, k, n) VALUES (3, NULL, '1'), (9, NULL, '1'), (12, 'x', '1');
INSERT INTO s VALUES (9223372036854775807, '1'), (-5, '2');
