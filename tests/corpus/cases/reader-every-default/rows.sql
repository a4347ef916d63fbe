INSERT INTO t (i, n) VALUES ('2026-01-01', '1');
INSERT INTO t VALUES (1, 2, 3, 4, x'05', '6', '7', '8', '9', 10, 11, '12', 13, '14');
