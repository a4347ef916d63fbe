INSERT INTO mail VALUES ('hello world', 'x'), ('bye', 'y');
INSERT INTO t VALUES (1);
