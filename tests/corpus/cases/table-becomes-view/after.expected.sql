CREATE TABLE people_raw (id INTEGER PRIMARY KEY, name TEXT, deleted INT);
CREATE VIEW people AS SELECT id, name FROM people_raw WHERE NOT deleted;
