CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, n TEXT, CHECK (name <> ''));
CREATE INDEX by_name ON users (name);
CREATE TABLE posts (u INT REFERENCES users (id));
CREATE VIEW v AS SELECT name FROM users;
