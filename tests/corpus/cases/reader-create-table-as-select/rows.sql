INSERT INTO source VALUES (1, 'A', 1.5, '1');
INSERT INTO t VALUES (1, 'A', 1.5, 3, '1'), (2, 'B', 'x', x'00', '2');
