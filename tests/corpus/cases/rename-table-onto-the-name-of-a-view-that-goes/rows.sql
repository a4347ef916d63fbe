INSERT INTO accounts VALUES (1, '1'), (5, '2'), (44, '3');
DELETE FROM accounts WHERE id = 44;
INSERT INTO posts VALUES (1), (5), (5);
