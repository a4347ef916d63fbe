CREATE TABLE t (a INT);
CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
CREATE TRIGGER t_log AFTER INSERT ON t BEGIN
  INSERT INTO log (text) VALUES ('text ' || NEW.a);
  UPDATE log SET text = text || '!' WHERE text = 'text 2';
END;
