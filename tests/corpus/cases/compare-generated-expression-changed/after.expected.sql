CREATE TABLE t (a INT, twice INT AS (a + 1));
CREATE INDEX i ON t (twice);
