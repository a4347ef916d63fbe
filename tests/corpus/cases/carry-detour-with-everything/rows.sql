INSERT INTO t VALUES (1, '1', NULL), (4, '2', 1), (90, '3', NULL);
DELETE FROM t WHERE id = 90;
DELETE FROM log;
INSERT INTO kid VALUES (1), (4);
ANALYZE;
UPDATE sqlite_stat1 SET stat = '5000 3' WHERE idx = 't_n';
