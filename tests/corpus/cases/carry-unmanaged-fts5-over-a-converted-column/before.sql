CREATE TABLE docs (id INTEGER PRIMARY KEY, title BLOB);
CREATE VIEW shown AS SELECT id, title AS words FROM docs;
CREATE VIRTUAL TABLE search USING fts5(words, content='shown', content_rowid='id');
