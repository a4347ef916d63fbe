INSERT INTO t VALUES (1, 'p', '1'), (5, 'q', '2');
INSERT INTO kid VALUES (5);
