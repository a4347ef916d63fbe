CREATE TABLE t (
  id INTEGER PRIMARY KEY,
  price INTEGER NOT NULL, -- cents, never floats
  old TEXT /* from 2019 */ DEFAULT '',
  n TEXT
);
