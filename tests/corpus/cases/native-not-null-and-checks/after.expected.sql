CREATE TABLE orders (
  id INTEGER PRIMARY KEY, code TEXT NOT NULL ON CONFLICT IGNORE, price INTEGER NOT NULL, note TEXT DEFAULT '',
  CONSTRAINT price_is_fair CHECK (price BETWEEN 0 AND 9), CONSTRAINT code_is_ours CHECK (code <> 'zz' AND price < 100)
);
CREATE INDEX orders_by_code ON orders (code);
CREATE TRIGGER orders_stay AFTER DELETE ON orders BEGIN SELECT RAISE(ABORT, 'no'); END;
CREATE VIEW dear AS SELECT * FROM orders WHERE price > 5;
