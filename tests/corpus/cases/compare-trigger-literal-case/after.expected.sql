CREATE TABLE t (a TEXT);
CREATE TRIGGER state AFTER INSERT ON t BEGIN UPDATE t SET a = 'paid' WHERE rowid = NEW.rowid; END;
CREATE INDEX paid ON t (a) WHERE a = 'paid';
