INSERT INTO t VALUES (1, '19.99'), (2, '0.5'), (3, NULL), (9, '-3.25');
