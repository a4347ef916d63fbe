CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);
CREATE TABLE _reconcile_was_t (id INTEGER PRIMARY KEY, n INTEGER, t INT REFERENCES t (id) ON DELETE CASCADE);
CREATE TABLE _reconcile_was_t_2 (n INTEGER, up INT REFERENCES _reconcile_was_t (id));
CREATE INDEX _reconcile_was__reconcile_was_t ON _reconcile_was_t (n);
CREATE TRIGGER _reconcile_was_t AFTER DELETE ON _reconcile_was_t BEGIN DELETE FROM t WHERE id = OLD.t; END;
CREATE VIEW _reconcile_detour_0 AS SELECT * FROM _reconcile_was_t;
