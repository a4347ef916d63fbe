INSERT INTO p VALUES (1);
INSERT INTO t (id, a, p, n) VALUES (1, 'x', 1, '1'), (5, 'y', NULL, '2'), (80, 'z', NULL, '3');
DELETE FROM t WHERE id = 80;
INSERT INTO c VALUES (1), (5);
