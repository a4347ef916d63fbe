INSERT INTO t VALUES ('x', 'b'), ('Y', 'c');
