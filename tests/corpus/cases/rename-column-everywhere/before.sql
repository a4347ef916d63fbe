CREATE TABLE t (id INTEGER PRIMARY KEY, price INT UNIQUE CHECK (price >= 0), twice INT AS (price * 2), CHECK (price < 100 OR "price" = 777));
CREATE INDEX t_price ON t (price DESC, abs(price)) WHERE price > 1;
CREATE TABLE c (p INT REFERENCES t (price));
CREATE VIEW v AS SELECT price FROM t;
CREATE TRIGGER t_cap AFTER UPDATE OF price ON t WHEN NEW.price > 50 BEGIN UPDATE t SET price = 50 WHERE id = NEW.id; END;
