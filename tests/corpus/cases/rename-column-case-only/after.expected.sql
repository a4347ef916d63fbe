CREATE TABLE t (id INTEGER PRIMARY KEY, userId INT NOT NULL CHECK (userid > 0));
CREATE INDEX t_user ON t (userid);
