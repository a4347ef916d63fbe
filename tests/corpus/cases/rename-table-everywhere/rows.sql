INSERT INTO customers VALUES (1, NULL, 'a'), (5, 1, 'b'), (60, 1, 'c');
DELETE FROM customers WHERE id = 60;
INSERT INTO orders VALUES (1), (5);
