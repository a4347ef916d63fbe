INSERT INTO t VALUES (1, 'a', '1'), (2, 'a', '2'), (3, 'b', '3');
INSERT INTO u VALUES (1);
ANALYZE;
UPDATE sqlite_stat1 SET stat = '100000 50000' WHERE idx = 't_a';
