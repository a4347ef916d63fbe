INSERT INTO t VALUES ('1'), ('2');
INSERT INTO rest (rowid, a) VALUES (3, 'x'), (88, 'y');
