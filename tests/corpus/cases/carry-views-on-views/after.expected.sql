CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);
CREATE VIEW z_base (key, number) AS SELECT id, n FROM t;
CREATE VIEW a_sum AS WITH x AS (SELECT number FROM z_base) SELECT sum(number) AS total FROM x;
