CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n TEXT);
CREATE INDEX t_a ON t (a);
PRAGMA writable_schema = ON;
CREATE TABLE sqlite_stat4 (tbl, idx, neq, nlt, ndlt, sample);
PRAGMA writable_schema = OFF;
