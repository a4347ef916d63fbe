INSERT INTO users VALUES (1, 'a', '1'), (5, 'b', '2');
INSERT INTO posts VALUES (5);
