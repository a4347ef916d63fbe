CREATE TABLE t (n TEXT);
CREATE TABLE was (a INT);
CREATE VIEW broken AS SELECT a, missing FROM gone;
