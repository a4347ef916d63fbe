INSERT INTO customers VALUES (1, 'a', 1), (3, 'b', 2);
