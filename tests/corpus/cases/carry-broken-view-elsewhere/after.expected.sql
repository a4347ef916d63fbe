CREATE TABLE t (n INTEGER, extra TEXT);
CREATE TABLE renamed (a INT);
CREATE VIEW broken AS SELECT a, missing FROM gone;
