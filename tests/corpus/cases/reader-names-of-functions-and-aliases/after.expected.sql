CREATE TABLE t (rowid TEXT, n INTEGER);
CREATE TABLE all_taken (rowid TEXT, oid TEXT, _rowid_ TEXT, n INTEGER);
