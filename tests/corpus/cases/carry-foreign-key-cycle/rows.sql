INSERT INTO a VALUES (1, 10, '1'), (2, 20, '2');
INSERT INTO b VALUES (10, 1, '1'), (20, 2, '2');
