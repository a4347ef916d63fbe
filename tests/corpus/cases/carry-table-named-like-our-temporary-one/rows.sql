INSERT INTO t VALUES ('1');
INSERT INTO u VALUES (2);
INSERT INTO _Reconcile_New_T VALUES (3);
INSERT INTO _reconcile_detour_0 VALUES (4);
INSERT INTO _alembic_tmp_t VALUES (5);
