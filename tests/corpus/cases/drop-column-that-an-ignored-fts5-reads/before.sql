CREATE TABLE docs (id INTEGER PRIMARY KEY, title TEXT, body TEXT);
CREATE VIRTUAL TABLE x_search USING fts5(title, body, content='docs', content_rowid='id');
