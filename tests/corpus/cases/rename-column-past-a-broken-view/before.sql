CREATE TABLE t (id INTEGER PRIMARY KEY, price INT);
CREATE INDEX t_price ON t (price);
CREATE VIEW broken AS SELECT thing FROM nowhere;
