INSERT INTO t VALUES ('x', 1, 1), ('y', 1, 2), ('z', 1, 3);
DELETE FROM t WHERE a = 'y';
