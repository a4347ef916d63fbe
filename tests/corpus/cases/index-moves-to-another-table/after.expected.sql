CREATE TABLE a (name TEXT);
CREATE TABLE b (name TEXT);
CREATE INDEX by_name ON b (name);
