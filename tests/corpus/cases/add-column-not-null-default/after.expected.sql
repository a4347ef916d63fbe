CREATE TABLE t (id INTEGER PRIMARY KEY, size TEXT NOT NULL DEFAULT 'Standard' CHECK (size IN ('S', 'M', 'L', 'Standard')));
