INSERT INTO old VALUES (1, 'a'), (2, 'a'), (9, 'b');
DELETE FROM old WHERE id = 9;
ANALYZE;
UPDATE sqlite_stat1 SET stat = '9000 30' WHERE idx = 'old_a';
