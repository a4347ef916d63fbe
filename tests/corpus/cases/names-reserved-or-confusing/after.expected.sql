CREATE TABLE "order" (id INTEGER PRIMARY KEY, "select" TEXT, "group" TEXT);
CREATE TABLE readings ("true" TEXT, é TEXT, É TEXT, "key" TEXT);
