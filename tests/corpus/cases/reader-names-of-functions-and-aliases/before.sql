CREATE TABLE t (rowid TEXT, n TEXT);
CREATE TABLE all_taken (rowid TEXT, oid TEXT, _rowid_ TEXT, n TEXT);
