CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n INT, CHECK (a <> 'zz'));
CREATE INDEX t_a ON t (a);
CREATE INDEX t_p ON t (n) WHERE a <> 'b';
CREATE INDEX t_e ON t (a, n DESC);
