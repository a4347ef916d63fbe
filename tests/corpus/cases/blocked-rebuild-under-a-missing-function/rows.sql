INSERT INTO t VALUES (1, 'x', '5'), (3, 'y', '7');
