INSERT INTO "t
; DROP TABLE x --" VALUES (1, 'a', '1', 'x'), (3, NULL, '2', NULL);
INSERT INTO x VALUES ('r', 'l');
