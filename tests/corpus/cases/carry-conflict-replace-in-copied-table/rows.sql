INSERT INTO t VALUES (1, 'a', '1'), (2, 'A', '2'), (3, NULL, '3'), (4, NULL, '4');
