CREATE TABLE "a""b" (id INTEGER PRIMARY KEY, "c'd" TEXT CHECK ("c'd" <> ''), "{x}" TEXT);
CREATE INDEX "i%s" ON "a""b" ("c'd") WHERE "{x}" IS NOT NULL;
CREATE VIEW "v;v" AS SELECT "c'd" AS "x""y" FROM "a""b";
CREATE TRIGGER "t--t" AFTER UPDATE OF "c'd" ON "a""b" BEGIN UPDATE "a""b" SET "{x}" = NEW."c'd" WHERE id = NEW.id; END;
