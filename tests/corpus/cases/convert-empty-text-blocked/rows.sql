INSERT INTO t VALUES (1, ''), (2, '5');
