CREATE TABLE p (id INTEGER PRIMARY KEY);
-- in the words of its author
create table t (
  id INTEGER PRIMARY KEY, -- the key
  a TEXT NOT NULL,
  b VARCHAR(10), /* short */
  n INT CONSTRAINT positive CHECK (n > 0),
  p INT,
  q INT REFERENCES p ON DELETE CASCADE,
  u TEXT UNIQUE ON CONFLICT IGNORE
);
CREATE INDEX t_b ON t (b);
CREATE TRIGGER t_i AFTER INSERT ON t BEGIN SELECT new.a; END;
