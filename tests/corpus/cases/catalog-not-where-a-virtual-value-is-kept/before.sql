CREATE TABLE p (code TEXT PRIMARY KEY);
CREATE TABLE stored (id INTEGER PRIMARY KEY, a TEXT, v TEXT AS (lower(a)), s INTEGER AS (length(v)) STORED);
CREATE TABLE keyed (id INTEGER PRIMARY KEY, a TEXT, v TEXT AS (lower(a)) UNIQUE);
CREATE TABLE indexed (id INTEGER PRIMARY KEY, a TEXT, v TEXT AS (lower(a)));
CREATE UNIQUE INDEX indexed_v ON indexed (v);
CREATE TABLE child (id INTEGER PRIMARY KEY, a TEXT, v TEXT AS (lower(a)) REFERENCES p);
CREATE TABLE typed (id INTEGER PRIMARY KEY, a TEXT, v TEXT AS (lower(a))) STRICT;
CREATE TABLE words (id INTEGER PRIMARY KEY, a TEXT, v TEXT AS (lower(a)));
CREATE VIRTUAL TABLE search USING fts5(v, content='words', content_rowid='id');
