CREATE TABLE customers (id INTEGER PRIMARY KEY AUTOINCREMENT, boss INT REFERENCES customers, name TEXT CHECK (customers.name <> ''));
CREATE INDEX by_boss ON customers (boss);
CREATE TABLE orders (c INT REFERENCES customers ON DELETE CASCADE);
CREATE TABLE log (id INT);
CREATE VIEW v AS SELECT customers.id FROM customers;
CREATE TRIGGER c_log AFTER INSERT ON customers BEGIN INSERT INTO log SELECT id FROM customers WHERE id = NEW.id; END;
