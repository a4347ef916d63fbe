PRAGMA encoding = 'UTF-16be';
CREATE TABLE "größe" ("maß" TEXT COLLATE NOCASE, n INTEGER, "né" TEXT DEFAULT 'ÿ🙂' CHECK ("né" <> 'ß'));
CREATE INDEX "größe_maß" ON "größe" ("maß" DESC) WHERE "maß" <> 'é';
CREATE VIEW "v🙂" AS SELECT "maß" || 'é' AS "ü" FROM "größe";
