CREATE TABLE t (
  id INTEGER PRIMARY KEY,
  a TEXT,
  low TEXT AS (lower(a)),  -- what is looked for
  long INTEGER NOT NULL GENERATED ALWAYS AS (length(low)) VIRTUAL CHECK (long < 9)
);
CREATE INDEX by_low ON t (low, id DESC);
CREATE INDEX by_long ON t (long) WHERE low <> 'q';
