CREATE VIRTUAL TABLE area USING rtree(id, minx, maxx);
CREATE TABLE t (n INTEGER);
