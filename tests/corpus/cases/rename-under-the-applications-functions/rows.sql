INSERT INTO t (id, a, n) VALUES (1, 'x', '1'), (5, 'Y', '2');
