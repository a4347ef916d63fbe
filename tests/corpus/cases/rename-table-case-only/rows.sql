INSERT INTO users VALUES (1, 'a'), (9, 'b');
DELETE FROM users WHERE id = 9;
INSERT INTO c VALUES (1);
