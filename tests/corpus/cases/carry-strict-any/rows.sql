INSERT INTO t VALUES (1, '007', '1'), (2, 7, '2'), (5, x'07', '3');
