INSERT INTO t VALUES (1, '10', 'a'), (6, '25', 'b');
INSERT INTO other VALUES (6, '25');
DELETE FROM t WHERE name = 'o';
