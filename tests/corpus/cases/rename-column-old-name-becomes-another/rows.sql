INSERT INTO t VALUES (1, 'Ann'), (7, 'Bob');
