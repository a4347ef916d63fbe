INSERT INTO t VALUES (1, 'n/a'), (2, '5.5'), (3, '1,299');
