INSERT INTO t VALUES (1, 'yes', '5'), (4, NULL, '6');
