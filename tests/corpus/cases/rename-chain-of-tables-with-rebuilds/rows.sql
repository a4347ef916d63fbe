INSERT INTO a (id, n) VALUES (1, '1'), (60, '9');
INSERT INTO b (id, n) VALUES (2, '5'), (70, '9');
UPDATE b SET n = '5' WHERE id = 2;
DELETE FROM a WHERE id = 60;
DELETE FROM b WHERE id = 70;
UPDATE a SET b = 2;
UPDATE b SET a = 1;
ANALYZE;
