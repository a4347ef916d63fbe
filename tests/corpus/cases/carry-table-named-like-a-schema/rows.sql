INSERT INTO main VALUES ('1', 'w', 'n', 'r', '0'), ('2', 'x', NULL, NULL, NULL);
INSERT INTO "temp" VALUES (3, 'a', '1'), (8, 'b', '2');
INSERT INTO was (rowid, was, now) VALUES (4, '1', 'a'), (9, '2', 'b');
INSERT INTO now VALUES ('1'), ('2');
