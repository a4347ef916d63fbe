CREATE TABLE t (id INTEGER PRIMARY KEY, amount INT);
CREATE INDEX t_price ON t (amount);
CREATE VIEW broken AS SELECT thing FROM nowhere;
