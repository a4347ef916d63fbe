CREATE TABLE t (a INT, b INT);
create view V as
  select a -- the first
       , b as "B" from t where a>0;
