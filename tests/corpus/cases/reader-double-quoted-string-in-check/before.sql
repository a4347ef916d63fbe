CREATE TABLE t (state TEXT CHECK (state IN ("open", "shut")), n TEXT);
