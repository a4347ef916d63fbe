CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);
PRAGMA writable_schema = ON;
INSERT INTO sqlite_schema VALUES ('table', 'geo', 'geo', 0, 'CREATE VIRTUAL TABLE geo USING spatial_module(a, b)');
INSERT INTO sqlite_schema VALUES ('view', 'v', 'v', 0, 'CREATE VIEW v AS SELECT a FROM geo');
PRAGMA writable_schema = RESET;
