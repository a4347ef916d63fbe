CREATE TABLE item (item TEXT CHECK (item <> 'item'), n TEXT);
CREATE TRIGGER item AFTER INSERT ON item BEGIN UPDATE item SET item = 'x' WHERE item = NEW.item; END;
CREATE VIEW items AS SELECT item.item AS item FROM item AS item;
