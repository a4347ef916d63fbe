CREATE TABLE t (
  id INT CONSTRAINT t_pk PRIMARY KEY,
  a TEXT constraint a_there not null CONSTRAINT a_once UNIQUE CONSTRAINT "a is short" CHECK (length(a) < 9),
  n TEXT,
  CONSTRAINT pair UNIQUE (id, a), CONSTRAINT "n fits" CHECK (n <> 100)
);
