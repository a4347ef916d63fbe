CREATE TABLE papers (id INTEGER PRIMARY KEY, title TEXT, n INTEGER);
CREATE VIRTUAL TABLE search USING fts5(title, content='papers', content_rowid='id');
CREATE TRIGGER docs_ai AFTER INSERT ON papers BEGIN INSERT INTO search (rowid, title) VALUES (NEW.id, NEW.title); END;
