CREATE TABLE t -- a table, with "quotes" and ( parens
(
  id /* the key, (really) */ INTEGER -- , no column
    PRIMARY KEY,
  a TEXT /* it's */ NOT/**/NULL, -- isn't empty, "x
  n TEXT,
  /* CHECK (a > 0), */ CHECK (a <> '' /* ) */)
  -- last words
);
