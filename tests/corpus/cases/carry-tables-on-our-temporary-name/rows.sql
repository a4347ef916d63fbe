INSERT INTO t VALUES (1, '1'), (4, '2');
INSERT INTO _reconcile_was_t VALUES (2, '1', 1), (8, '2', 4);
INSERT INTO _reconcile_was_t_2 VALUES ('1', 2);
