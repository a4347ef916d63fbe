CREATE TABLE t (a INT, b INT, c INT, CHECK (a AND (b OR c)));
