CREATE TABLE t (twice INT AS (a * 2) STORED UNIQUE, a INT, label TEXT AS ('#' || a), n TEXT, CHECK (twice > -5));
CREATE INDEX t_label ON t (label) WHERE twice > 0;
