CREATE TABLE schema_version (version INTEGER PRIMARY KEY, description TEXT, applied_at TEXT);
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
