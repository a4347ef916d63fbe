INSERT INTO t VALUES ('x', 1, '1'), ('X', 2, '2'), ('y', 1, NULL);
DELETE FROM t WHERE b = 2;
