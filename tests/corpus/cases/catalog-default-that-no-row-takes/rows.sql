INSERT INTO t VALUES (1, '1', 'x', 'd'), (2, '2', 'y', 'e'), (5, '3', 'z', '');
