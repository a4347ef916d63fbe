INSERT INTO docs (rowid, title, n) VALUES (2, 'apple', '1'), (5, 'plum', '2'), (7, 'pear', '3');
DELETE FROM docs WHERE rowid = 5;
