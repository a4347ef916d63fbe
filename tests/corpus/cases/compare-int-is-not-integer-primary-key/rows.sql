INSERT INTO t VALUES (70, 'a'), (30, 'b');
