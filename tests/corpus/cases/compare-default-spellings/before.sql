CREATE TABLE t (a INT DEFAULT (5), b TEXT DEFAULT "x", c TEXT DEFAULT current_timestamp, d INT DEFAULT ( -1 ));
