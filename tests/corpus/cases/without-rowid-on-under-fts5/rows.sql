INSERT INTO docs VALUES (2, 'apple'), (7, 'pear');
INSERT INTO search (search) VALUES ('rebuild');
