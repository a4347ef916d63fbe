INSERT INTO docs VALUES (2, 'apple', 'red'), (7, 'pear', 'green');
