CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, theirs INT, keep INT);
CREATE INDEX their_index ON t (a);
CREATE INDEX keep_index ON t (keep);
CREATE TRIGGER their_trigger AFTER INSERT ON t BEGIN SELECT 1; END;
CREATE TABLE their_table (x INT);
CREATE VIEW their_view AS SELECT a FROM t;
