INSERT INTO sqlitefoo VALUES (4, '1');
INSERT INTO async_jobs VALUES ('1');
INSERT INTO sqlite1sequence VALUES (1);
