INSERT INTO p VALUES ('ab'), ('ab!');
INSERT INTO stored (id, a) VALUES (1, 'Ab'), (4, 'C');
INSERT INTO keyed (id, a) VALUES (1, 'Ab'), (4, 'C');
INSERT INTO indexed (id, a) VALUES (1, 'Ab'), (4, 'C');
INSERT INTO child (id, a) VALUES (1, 'Ab'), (4, NULL);
INSERT INTO typed (id, a) VALUES (1, 'Ab'), (4, 'C');
INSERT INTO words (id, a) VALUES (1, 'Ab'), (4, 'Cd');
INSERT INTO search (search) VALUES ('rebuild');
