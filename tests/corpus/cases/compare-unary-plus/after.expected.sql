CREATE TABLE t (id INT, a TEXT CHECK (a <> 2));
