CREATE TABLE t (id INTEGER PRIMARY KEY, width INT, height INT);
CREATE INDEX t_w ON t (height);
