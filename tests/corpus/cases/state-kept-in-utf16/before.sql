PRAGMA encoding = 'UTF-16le';
CREATE TABLE t (a TEXT, n TEXT);
