INSERT INTO t (rowid, n) VALUES (3, '1'), (90, '2'), (300, '3');
