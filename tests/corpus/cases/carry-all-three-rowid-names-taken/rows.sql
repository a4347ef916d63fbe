INSERT INTO t VALUES ('a', 'b', 'c', '1'), ('d', NULL, 'f', '2'), ('a', 'b', 'c', '1');
INSERT INTO u VALUES (5, 'x', '1'), (9, 'y', '2');
INSERT INTO w (_rowid_, rowid, n) VALUES (4, 'x', '1'), (77, '4', '2');
