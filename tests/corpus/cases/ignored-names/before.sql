CREATE TABLE t (id INTEGER PRIMARY KEY);
CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INT);
CREATE TABLE _litestream_lock (id INT);
CREATE TABLE tmp_1 (a INT);
CREATE INDEX tmp_1_a ON tmp_1 (a);
