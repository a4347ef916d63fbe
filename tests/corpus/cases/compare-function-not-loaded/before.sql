CREATE TABLE t (a TEXT COLLATE de CHECK (slug(a) = a), b AS (slug(a)));
CREATE INDEX t_a ON t (slug(a), a);
CREATE TABLE other (id INTEGER PRIMARY KEY, a TEXT);
