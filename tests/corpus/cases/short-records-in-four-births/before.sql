-- 1. ADD COLUMN with a default, 2. kept by VACUUM
CREATE TABLE t (id INTEGER PRIMARY KEY);
INSERT INTO t VALUES (1), (2);
ALTER TABLE t ADD COLUMN x INT DEFAULT 7;
INSERT INTO t VALUES (3, 8);
ALTER TABLE t ADD COLUMN y INT DEFAULT 9;
VACUUM;
-- 3. whole records, copied as they are
CREATE TABLE copied (id INTEGER PRIMARY KEY, x INT DEFAULT 7, y INT DEFAULT 9);
INSERT INTO copied SELECT * FROM t;
-- 4. ADD COLUMN without a default, which somebody wrote into the catalog later
CREATE TABLE late (id INTEGER PRIMARY KEY);
INSERT INTO late VALUES (1), (2);
ALTER TABLE late ADD COLUMN x INT;
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = 'CREATE TABLE late (id INTEGER PRIMARY KEY, x INT DEFAULT 5)' WHERE name = 'late';
PRAGMA writable_schema = OFF;
