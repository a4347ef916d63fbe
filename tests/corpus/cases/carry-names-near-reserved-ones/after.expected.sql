CREATE TABLE sqlitefoo (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER);
CREATE TABLE async_jobs (n INTEGER);
CREATE TABLE sqlite1sequence (a INT);
CREATE INDEX sqliteXautoindex_t ON async_jobs (n);
