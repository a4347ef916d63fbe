CREATE TABLE "select" ("order" INTEGER PRIMARY KEY, "group" TEXT, "key" TEXT, "values" INTEGER, "abort" TEXT, "primary" TEXT CHECK ("primary" <> ''));
CREATE INDEX "index" ON "select" ("key", "group");
