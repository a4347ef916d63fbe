INSERT INTO a VALUES (1, 'a'), (40, 'b');
INSERT INTO b VALUES (1, 'a'), (90, 'b');
DELETE FROM b WHERE id = 90;
