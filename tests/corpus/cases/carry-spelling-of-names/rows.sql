INSERT INTO Users VALUES (1, 'A', '1');
