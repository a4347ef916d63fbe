CREATE TABLE t (a TEXT UNIQUE, n INTEGER, up INT);
CREATE TABLE c (t TEXT PRIMARY KEY, times INT DEFAULT 0);
CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN INSERT INTO c VALUES (NEW.a, 1) ON CONFLICT (t) DO UPDATE SET times = times + 1 WHERE excluded.t <> ''; END;
CREATE TRIGGER c_au AFTER UPDATE ON c BEGIN UPDATE t SET n = x.s FROM (SELECT sum(times) AS s FROM c) AS x WHERE t.a = NEW.t; END;
CREATE TRIGGER t_bd BEFORE DELETE ON t FOR EACH ROW WHEN EXISTS (SELECT 1 FROM t AS other WHERE other.up = OLD.rowid) BEGIN DELETE FROM t WHERE rowid IN (WITH RECURSIVE below (id) AS (SELECT OLD.rowid UNION SELECT t.rowid FROM t, below WHERE t.up = below.id) SELECT id FROM below WHERE id <> OLD.rowid); END;
CREATE VIEW v (place, r, "a;b") AS WITH RECURSIVE down AS (SELECT rowid AS id, a FROM t WHERE up IS NULL UNION ALL SELECT t.rowid, t.a FROM t JOIN down ON t.up = down.id) SELECT row_number() OVER (ORDER BY id), id, a FROM down;
CREATE VIEW w AS SELECT rowid, t.*, (SELECT count(*) FROM v) FROM t /* with a comment */ ORDER BY 1; -- and more
