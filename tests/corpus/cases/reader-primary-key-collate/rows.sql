INSERT INTO t VALUES ('Abc', 1, '1'), ('abc', 2, '2'), ('x', 1, '3');
