CREATE TABLE t (a INT);
CREATE TABLE log (id INTEGER PRIMARY KEY, message TEXT);
CREATE TRIGGER t_log AFTER INSERT ON t BEGIN
  INSERT INTO log (message) VALUES ('text ' || NEW.a);
  UPDATE log SET message = message || '!' WHERE message = 'text 2';
END;
