INSERT INTO t VALUES (1, '1e3'), (2, '5');
