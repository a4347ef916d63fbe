CREATE TABLE t (a INT, twice INT AS (a * 2));
CREATE INDEX i ON t (twice);
