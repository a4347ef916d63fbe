INSERT INTO t VALUES (NULL, 'x ', '1'), (5, 'X', '2');
