INSERT INTO t VALUES (1, 'a', '1'), (2, 'b', '2');
UPDATE t SET n = '3' WHERE id = 2;
