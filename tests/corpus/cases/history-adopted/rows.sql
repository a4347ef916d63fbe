INSERT INTO schema_version VALUES (1, 'first', '2020-01-01'), (7, 'theirs', '2021-01-01');
INSERT INTO t VALUES (1);
