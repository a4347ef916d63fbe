INSERT INTO c VALUES (1, NULL, '1'), (2, 5, '2');
