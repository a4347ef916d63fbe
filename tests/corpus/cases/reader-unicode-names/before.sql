CREATE TABLE Kunden (id INTEGER PRIMARY KEY, straße TEXT, é TEXT, É TEXT, größe TEXT, "😀" TEXT);
CREATE INDEX kunden_straße ON Kunden (straße);
