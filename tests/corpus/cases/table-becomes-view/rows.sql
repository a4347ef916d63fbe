INSERT INTO people VALUES (1, 'a', 0), (4, 'b', 1);
