PRAGMA page_size = 1024;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA user_version = 42;
PRAGMA application_id = 252006674;
CREATE TABLE t (n INTEGER);
