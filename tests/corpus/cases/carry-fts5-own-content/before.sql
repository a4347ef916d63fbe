CREATE VIRTUAL TABLE mail USING fts5(subject, body UNINDEXED, tokenize = 'porter ascii');
CREATE TABLE t (a INT);
