CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, up TEXT AS (upper(a)) VIRTUAL, s TEXT AS (a || 's') STORED, v TEXT AS (a || 'v') VIRTUAL);
CREATE INDEX t_up ON t (up);
