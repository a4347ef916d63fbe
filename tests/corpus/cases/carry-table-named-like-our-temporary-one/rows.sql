INSERT INTO t VALUES ('1');
INSERT INTO new_t VALUES (1);
INSERT INTO t_new VALUES (2);
INSERT INTO reconcile_new_t VALUES (3);
INSERT INTO _reconcile_t VALUES (4);
INSERT INTO _reconcile_new_t VALUES (5);
INSERT INTO t_reconcile VALUES (6);
INSERT INTO reconcile_t VALUES (7);
