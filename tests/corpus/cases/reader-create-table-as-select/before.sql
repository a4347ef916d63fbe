CREATE TABLE source (id INTEGER PRIMARY KEY, "full name" VARCHAR(20), price DECIMAL(4, 2), n TEXT);
CREATE TABLE t AS SELECT id, "full name", price, price * 2 AS twice, n FROM source;
