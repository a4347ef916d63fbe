CREATE TABLE 'orders' ("a""b" INTEGER CHECK ("a""b" > 0), [c d] INT NOT NULL, `e``f` TEXT, 'g' TEXT DEFAULT 'x', n TEXT);
CREATE INDEX [by c d] ON "orders" ([c d], `e``f`);
