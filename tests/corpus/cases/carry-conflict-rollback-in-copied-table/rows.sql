INSERT INTO t VALUES (1, 'x', 'b', '1'), (5, 'y', 'b', '2');
INSERT INTO k VALUES ('p', '1'), ('q', '2');
