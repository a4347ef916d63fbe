CREATE TABLE t (a INT, b AS (a + 1), c INT AS (a * 2) STORED, d TEXT AS ('v' || a) NOT NULL, n INTEGER);
