INSERT INTO docs VALUES (2, x'6170706c65'), (7, x'70656172');
INSERT INTO search (search) VALUES ('rebuild');
