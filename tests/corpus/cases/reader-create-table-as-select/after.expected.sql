CREATE TABLE source (id INTEGER PRIMARY KEY, "full name" VARCHAR(20), price DECIMAL(4, 2), n TEXT);
CREATE TABLE t (id INT, "full name" TEXT, price NUM, twice, n INTEGER);
