INSERT INTO t VALUES (1, 'x', 5, '2026-01-01', 1), (5, 7, 'n/a', 5, 'n/a');
