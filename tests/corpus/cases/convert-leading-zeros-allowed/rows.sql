INSERT INTO t VALUES (1, '01234'), (2, '1e3'), (3, ' 5 '), (4, '7.0');
