INSERT INTO t VALUES ('a', '1'), ('b', '2'), ('c', '3');
DELETE FROM t WHERE n = '2';
INSERT INTO all_taken VALUES ('a', 'b', 'c', '1'), ('d', 'e', 'f', '2');
