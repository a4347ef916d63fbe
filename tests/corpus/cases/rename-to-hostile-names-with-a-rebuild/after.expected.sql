CREATE TABLE "{0}'`]" (id INTEGER PRIMARY KEY, "[""]" TEXT CHECK ("[""]" <> ''), "{x}" INTEGER);
CREATE INDEX "i%s" ON "{0}'`]" ("[""]") WHERE "{x}" IS NOT NULL;
CREATE VIEW "v;v" AS SELECT "[""]" AS "x""y" FROM "{0}'`]";
CREATE TRIGGER "t--t" AFTER UPDATE OF "[""]" ON "{0}'`]" BEGIN UPDATE "{0}'`]" SET "{x}" = NEW."[""]" WHERE id = NEW.id; END;
