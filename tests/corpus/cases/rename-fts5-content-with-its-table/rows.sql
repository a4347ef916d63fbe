INSERT INTO docs VALUES (2, 'apple', '1'), (7, 'pear', '2');
