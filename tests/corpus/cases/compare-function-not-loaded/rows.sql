INSERT INTO t (a) VALUES ('a'), ('b');
INSERT INTO other VALUES (1, 'x'), (4, 'y');
