INSERT INTO t (n, c0, c1099) VALUES ('1', 'a', 'b'), ('2', NULL, 'c');
