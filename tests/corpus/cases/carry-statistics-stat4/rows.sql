INSERT INTO t VALUES (1, 'a', '1'), (2, 'a', '2'), (3, 'b', '3');
ANALYZE;
INSERT INTO sqlite_stat4 VALUES ('t', 't_a', '2 1', '0 0', '0 0', x'0001');
