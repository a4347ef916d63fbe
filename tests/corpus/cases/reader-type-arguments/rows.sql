INSERT INTO t VALUES (19.99, 'a', 1, '1'), ('x', 'b', 2.5, '2');
DELETE FROM t WHERE n = '1';
