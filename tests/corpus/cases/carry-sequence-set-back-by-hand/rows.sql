INSERT INTO t VALUES (1, '1'), (7, '2');
UPDATE sqlite_sequence SET seq = 2 WHERE name = 't';
