INSERT INTO docs VALUES (1, 'apple'), (5, 'pear');
INSERT INTO search (search) VALUES ('rebuild');
