INSERT INTO t VALUES (1, 'x', 'X'), (5, 'y', 'something else'), (7, NULL, 'kept');
