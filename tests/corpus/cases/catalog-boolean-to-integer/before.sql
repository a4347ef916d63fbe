CREATE TABLE t (id INTEGER PRIMARY KEY, done BOOLEAN, amount DECIMAL(10,2), n BIGINT, g AS (done + n));
CREATE INDEX t_done ON t (done) WHERE amount > '0';
