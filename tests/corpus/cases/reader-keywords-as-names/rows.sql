INSERT INTO "select" VALUES (1, 'g', 'k', '7', 'a', 'p'), (5, NULL, 'k', '8', 'a', 'p');
