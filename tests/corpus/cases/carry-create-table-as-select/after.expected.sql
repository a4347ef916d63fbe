CREATE TABLE src (a VARCHAR(9), b REAL, "c d" INT, e BLOB, f NUMERIC);
CREATE TABLE t (a TEXT, b REAL, "c d" INT, e, f NUM, "select", n INTEGER);
