INSERT INTO search VALUES ('hello'), ('bye');
INSERT INTO t VALUES (1);
