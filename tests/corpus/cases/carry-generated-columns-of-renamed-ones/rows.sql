INSERT INTO t (id, price) VALUES (1, '10'), (4, '25');
