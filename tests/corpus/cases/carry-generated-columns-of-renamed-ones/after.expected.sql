CREATE TABLE t (id INTEGER PRIMARY KEY, amount INTEGER, z INT AS (y + 1), y INT AS (x * 2) STORED, x INT GENERATED ALWAYS AS (amount + 1) VIRTUAL CHECK (x > 0), UNIQUE (y));
CREATE INDEX t_z ON t (z, lower(amount)) WHERE x > 1;
