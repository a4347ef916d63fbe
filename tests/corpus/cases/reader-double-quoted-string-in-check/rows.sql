INSERT INTO t VALUES ('open', '1'), ('shut', '2');
