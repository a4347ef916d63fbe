CREATE TABLE docs (id INTEGER PRIMARY KEY, heading TEXT, n INTEGER);
CREATE VIRTUAL TABLE search USING fts5(heading, content='docs', content_rowid='id');
CREATE TRIGGER docs_ai AFTER INSERT ON docs BEGIN INSERT INTO search (rowid, heading) VALUES (NEW.id, NEW.heading); END;
