CREATE TABLE docs (title TEXT, n TEXT);
CREATE VIRTUAL TABLE search USING fts5(title, content='docs');
CREATE TRIGGER docs_ai AFTER INSERT ON docs BEGIN INSERT INTO search (rowid, title) VALUES (NEW.rowid, NEW.title); END;
CREATE TRIGGER docs_ad AFTER DELETE ON docs BEGIN INSERT INTO search (search, rowid, title) VALUES ('delete', OLD.rowid, OLD.title); END;
