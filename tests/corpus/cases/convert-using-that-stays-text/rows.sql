INSERT INTO t VALUES (2, 'Abc'), (3, '7'), (9, 'Def');
DELETE FROM t WHERE id = 3;
