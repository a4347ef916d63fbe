INSERT INTO "a""b" VALUES (1, 'a', '1'), (9, 'b', '2');
