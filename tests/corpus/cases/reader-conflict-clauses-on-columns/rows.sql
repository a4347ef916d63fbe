INSERT INTO t VALUES (1, 'a', 'b', '1'), (5, 'c', 'd', '2');
