CREATE TABLE t (
  id INTEGER PRIMARY KEY,  -- the number
  a TEXT /* what it is */ NOT NULL /* why */ DEFAULT 'x',  -- of a
  b TEXT CONSTRAINT b_is_short CHECK (length(b) < 9)  -- of b
);
