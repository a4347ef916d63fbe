INSERT INTO t VALUES (1, 'x', 'a', 'zz'), (4, NULL, 'b', 'yy');
