INSERT INTO schema_version VALUES ('0001_init', x'00');
INSERT INTO t VALUES (1);
