CREATE TABLE t (id INTEGER PRIMARY KEY, done INTEGER, amount INTEGER, n NUMERIC, g AS (done + n));
CREATE INDEX t_done ON t (done) WHERE amount > '0';
