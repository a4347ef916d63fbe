INSERT INTO t (rowid, a, n) VALUES (1, 'gone', '0'), (3, 'a', '1'), (7, 'b', '2');
DELETE FROM t WHERE rowid = 1;
INSERT INTO k VALUES ('x', '1'), ('y', '2');
DELETE FROM k WHERE a = 'x';
