INSERT INTO t VALUES (1, x'00', '10', 'a'), (6, NULL, '25', 'b');
