CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, keep INT);
CREATE INDEX keep_index ON t (keep);
