CREATE TABLE t (n TEXT);
CREATE TABLE u (a INT);
CREATE TABLE _Reconcile_New_T (a INT);
CREATE INDEX _reconcile_new_t_2 ON t (n);
CREATE VIEW _reconcile_was_t AS SELECT 1 AS one;
CREATE TABLE _reconcile_detour_0 (a INT);
CREATE TABLE _alembic_tmp_t (a INT);
