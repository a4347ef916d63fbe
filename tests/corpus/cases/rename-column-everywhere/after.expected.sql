CREATE TABLE t (id INTEGER PRIMARY KEY, amount INT UNIQUE CHECK (amount >= 0), twice INT AS (amount * 2), CHECK (amount < 100 OR "amount" = 777));
CREATE INDEX t_price ON t (amount DESC, abs(amount)) WHERE amount > 1;
CREATE TABLE c (p INT REFERENCES t (amount));
CREATE VIEW v AS SELECT amount FROM t;
CREATE TRIGGER t_cap AFTER UPDATE OF amount ON t WHEN NEW.amount > 50 BEGIN UPDATE t SET amount = 50 WHERE id = NEW.id; END;
