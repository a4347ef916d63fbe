INSERT INTO t VALUES (1, '1,299'), (2, '5'), (3, NULL);
