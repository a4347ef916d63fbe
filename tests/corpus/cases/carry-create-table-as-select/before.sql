CREATE TABLE src (a VARCHAR(9), b REAL, "c d" INT, e BLOB, f NUMERIC);
CREATE TABLE t AS SELECT a, b, "c d", e, f, a || 'x' AS "select", count(*) AS n FROM src GROUP BY 1;
