INSERT INTO t VALUES (1, '10', NULL, 'a'), (6, '25', 'j', 'b');
INSERT INTO other VALUES (6, '25');
DELETE FROM t WHERE name = 'from other';
