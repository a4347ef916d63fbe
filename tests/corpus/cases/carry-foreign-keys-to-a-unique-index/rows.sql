INSERT INTO p VALUES (1, 'AbC', 'x', 'y', '1'), (4, 'd', 'z', NULL, '2');
INSERT INTO c1 VALUES ('aBc'), (NULL), ('D');
INSERT INTO c2 VALUES ('x', 'y'), ('z', NULL);
INSERT INTO c3 VALUES (1), (4);
