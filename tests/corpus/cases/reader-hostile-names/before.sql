CREATE TABLE "t
; DROP TABLE x --" ("a'b" INTEGER PRIMARY KEY, "" TEXT, n TEXT, "],[" TEXT CHECK ("],[" <> ''));
CREATE INDEX "i%s{0}$1" ON "t
; DROP TABLE x --" ("");
CREATE TABLE x ("[31mred" TEXT, "‮right to left" TEXT);
