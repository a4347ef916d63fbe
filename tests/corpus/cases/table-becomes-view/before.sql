CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, deleted INT);
