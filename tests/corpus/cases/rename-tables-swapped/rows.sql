INSERT INTO live VALUES (1, 'l');
INSERT INTO archive VALUES (4, 'a'), (5, 'a');
INSERT INTO c VALUES (1);
