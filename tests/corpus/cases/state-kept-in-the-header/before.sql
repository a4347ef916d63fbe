PRAGMA page_size = 512;
PRAGMA auto_vacuum = FULL;
CREATE TABLE t (n TEXT);
CREATE TABLE rest (a TEXT);
PRAGMA user_version = -7;
PRAGMA application_id = -2147483648;
PRAGMA default_cache_size = 333;
