INSERT INTO p VALUES (1, 2), (3, 4);
INSERT INTO c VALUES (2, 1, '1'), (4, 3, '2'), (9, NULL, '3');
