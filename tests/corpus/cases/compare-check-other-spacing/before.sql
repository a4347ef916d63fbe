CREATE TABLE t (a INT CHECK(a>0), b TEXT check ((b in ('x','y')) and not (b='z')), CONSTRAINT c CHECK (( a<100 )));
