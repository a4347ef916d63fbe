CREATE TABLE main (main TEXT, was TEXT, now TEXT, "#rowid" TEXT, "#0" TEXT, CHECK (main.was <> ''));
CREATE TABLE "temp" (temp INTEGER PRIMARY KEY, "temp.main" TEXT, was TEXT);
CREATE TABLE was (was TEXT, now TEXT);
CREATE TABLE now (n TEXT);
CREATE INDEX was_i ON was (was) WHERE was.was <> '';
