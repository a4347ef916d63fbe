INSERT INTO a VALUES (1, '1', NULL), (4, '2', NULL);
INSERT INTO b VALUES (2, '1', 1), (5, '2', 4);
INSERT INTO c VALUES (3, '1', 2), (6, '2', 5);
UPDATE a SET c = id + 2;
