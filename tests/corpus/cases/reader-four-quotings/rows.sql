INSERT INTO orders VALUES (1, 1, 'one', 'g1', '10'), (2, 2, NULL, 'g2', '20'), (3, 3, '', NULL, '30');
DELETE FROM orders WHERE [c d] = 2;
