CREATE TABLE t (a INT);
CREATE VIEW v AS SELECT a, coalesce(a, 0) FROM t;
