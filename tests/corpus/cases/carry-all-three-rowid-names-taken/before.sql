CREATE TABLE t (rowid TEXT, oid TEXT, _rowid_ TEXT, n TEXT);
CREATE TABLE u (oid INTEGER PRIMARY KEY, rowid TEXT, n TEXT);
CREATE TABLE w (rowid TEXT, n TEXT);
CREATE INDEX t_rowid ON t (rowid);
