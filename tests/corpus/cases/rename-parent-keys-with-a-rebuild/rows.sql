INSERT INTO Parent VALUES (1, 'x', 'y', '1'), (6, 'q', 'r', '2');
INSERT INTO kid VALUES ('x', 'y', 1), ('q', 'r', 6);
