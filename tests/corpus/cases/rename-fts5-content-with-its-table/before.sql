CREATE TABLE docs (id INTEGER PRIMARY KEY, title TEXT, n TEXT);
CREATE VIRTUAL TABLE search USING fts5(title, content='docs', content_rowid='id');
CREATE TRIGGER docs_ai AFTER INSERT ON docs BEGIN INSERT INTO search (rowid, title) VALUES (NEW.id, NEW.title); END;
