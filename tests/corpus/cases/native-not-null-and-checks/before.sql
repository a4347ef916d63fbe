CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  code TEXT,
  price INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  CONSTRAINT price_is_fair CHECK (price >= 0),
  CONSTRAINT code_is_long CHECK (length(code) > 1)
);
CREATE INDEX orders_by_code ON orders (code);
CREATE TRIGGER orders_stay AFTER DELETE ON orders BEGIN SELECT RAISE(ABORT, 'no'); END;
CREATE VIEW dear AS SELECT * FROM orders WHERE price > 5;
