INSERT INTO orders VALUES (1, 'ab', 3, ''), (4, 'cd', 8, 'n'), (9, 'ef', 0, 'm');
