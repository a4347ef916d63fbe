INSERT INTO t (id, a) VALUES (1, 'Ab'), (2, 'q'), (7, 'abCdEf'), (9, 'zZ');
