INSERT INTO "größe" VALUES ('größe 🙂', '1', 'é'), ('', '2', NULL), (char(0xFFFE, 0, 65), '3', x'D800');
