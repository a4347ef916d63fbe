CREATE TABLE t (id INTEGER PRIMARY KEY, price TEXT, junk TEXT, name TEXT);
CREATE TABLE other (id INTEGER PRIMARY KEY, price TEXT);
CREATE TABLE log (what TEXT);
CREATE INDEX t_price ON t (price COLLATE NOCASE DESC) WHERE price IS NOT NULL;
CREATE TRIGGER other_ai AFTER INSERT ON other BEGIN INSERT INTO t (price, name) VALUES (NEW.price, 'from other'); END;
CREATE TRIGGER other_au AFTER UPDATE OF price ON other BEGIN UPDATE t SET price = NEW.price WHERE id = NEW.id; END;
CREATE TRIGGER t_au AFTER UPDATE OF price, name ON t BEGIN INSERT INTO log VALUES (OLD.price || '>' || NEW.price); END;
CREATE VIEW v AS SELECT price, name FROM t;
