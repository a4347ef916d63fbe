CREATE TABLE docs (title TEXT, n TEXT);
CREATE VIRTUAL TABLE search USING fts4(content="docs", title);
CREATE VIRTUAL TABLE terms USING fts4aux(search);
CREATE VIRTUAL TABLE own USING fts5(body);
CREATE VIRTUAL TABLE words USING fts5vocab('own', 'row');
CREATE TRIGGER docs_ai AFTER INSERT ON docs BEGIN INSERT INTO search (docid, title) VALUES (NEW.rowid, NEW.title); INSERT INTO own (rowid, body) VALUES (NEW.rowid, NEW.title); END;
CREATE TRIGGER docs_bd BEFORE DELETE ON docs BEGIN DELETE FROM search WHERE docid = OLD.rowid; DELETE FROM own WHERE rowid = OLD.rowid; END;
