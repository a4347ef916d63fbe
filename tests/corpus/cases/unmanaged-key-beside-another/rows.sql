INSERT INTO t VALUES ('A-1', 'x'), ('A-7', 'y');
