CREATE TABLE t (id integer primary key, a varchar( 20 ) not null, b Double   Precision);
