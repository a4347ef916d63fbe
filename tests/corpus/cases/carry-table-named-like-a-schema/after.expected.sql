CREATE TABLE main (main INTEGER, was TEXT, now TEXT, "#rowid" TEXT, "#0" TEXT, CHECK (main.was <> ''));
CREATE TABLE "temp" (temp INTEGER PRIMARY KEY, "temp.main" TEXT, was INTEGER);
CREATE TABLE was (was INTEGER, later TEXT);
CREATE TABLE now (n INTEGER);
CREATE INDEX was_i ON was (was) WHERE was.was <> '';
