CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, live INT, n TEXT);
CREATE UNIQUE INDEX one_live_a ON t (lower(a), live DESC) WHERE live = 1 AND a IS NOT NULL;
CREATE INDEX by_a ON t (a COLLATE NOCASE DESC, id);
CREATE INDEX by_half ON t (id / 2, substr(a, 1, 2)) WHERE id > 10;
