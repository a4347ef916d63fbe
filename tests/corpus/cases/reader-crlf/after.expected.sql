CREATE TABLE t (
  id INTEGER PRIMARY KEY, -- the key
  a TEXT DEFAULT 'x',
  n INTEGER -- a number
);
CREATE TRIGGER t_log AFTER INSERT ON t
BEGIN
  UPDATE t SET a = 'logged' -- here
  WHERE id = NEW.id;
END;
