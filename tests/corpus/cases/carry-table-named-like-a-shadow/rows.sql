INSERT INTO notes_data VALUES (1, '1');
INSERT INTO notes VALUES (1);
