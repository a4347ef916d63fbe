INSERT INTO old VALUES (1, 'a', '1'), (2, 'a', '2'), (9, 'b', '3');
DELETE FROM old WHERE id = 9;
ANALYZE;
UPDATE sqlite_stat1 SET stat = '9000 30' WHERE idx = 'old_a';
