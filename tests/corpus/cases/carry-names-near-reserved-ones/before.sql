CREATE TABLE sqlitefoo (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT);
CREATE TABLE async_jobs (n TEXT);
CREATE TABLE sqlite1sequence (a INT);
CREATE INDEX sqliteXautoindex_t ON async_jobs (n);
