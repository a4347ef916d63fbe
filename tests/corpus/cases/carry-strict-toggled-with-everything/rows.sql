INSERT INTO t (id, a, r, b, boss) VALUES (1, 'a', 1, x'00', NULL), (5, 'b', 2.5, NULL, 1), (50, 'c', NULL, NULL, 1);
DELETE FROM t WHERE id = 50;
DELETE FROM log;
INSERT INTO kid VALUES (1), (5);
