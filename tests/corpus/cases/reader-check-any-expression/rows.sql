INSERT INTO t VALUES ('x_y', 20, '{"k": 1}', '1'), (NULL, NULL, NULL, '2');
