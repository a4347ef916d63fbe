CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE own_order, n TEXT, g TEXT AS (own(a)) VIRTUAL, CHECK (own(n) <> ''));
CREATE INDEX t_own ON t (own(a), n) WHERE own(n) > '0';
CREATE VIEW v AS SELECT own(a) AS o FROM t ORDER BY a;
CREATE TRIGGER t_au AFTER UPDATE OF a ON t WHEN own(NEW.a) = 'z' BEGIN UPDATE t SET n = own(NEW.n) WHERE id = NEW.id; END;
