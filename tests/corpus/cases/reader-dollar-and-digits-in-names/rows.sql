INSERT INTO t VALUES ('a', 1, '7', 'e'), ('b', 2, '8', x'41');
