INSERT INTO t VALUES (1, 'x', 5, 6);
INSERT INTO their_table VALUES (1);
