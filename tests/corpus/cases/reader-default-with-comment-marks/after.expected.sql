CREATE TABLE t (a TEXT DEFAULT '-- no comment', b TEXT DEFAULT '/* nor */ this; "one"', c TEXT DEFAULT ('(' || ','), n INTEGER);
