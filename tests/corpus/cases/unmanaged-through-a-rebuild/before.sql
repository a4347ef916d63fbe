CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT, theirs INT DEFAULT 3 CHECK (theirs > 0), CONSTRAINT their_key UNIQUE (theirs));
CREATE INDEX their_index ON t (theirs DESC) WHERE n > 0;
CREATE TRIGGER their_trigger AFTER INSERT ON t BEGIN UPDATE t SET theirs = 4 WHERE theirs = 3; END;
CREATE VIEW their_view AS SELECT n, theirs FROM t;
