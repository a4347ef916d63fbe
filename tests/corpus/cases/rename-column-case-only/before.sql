CREATE TABLE t (id INTEGER PRIMARY KEY, userid INT NOT NULL CHECK (userid > 0));
CREATE INDEX t_user ON t (userid);
