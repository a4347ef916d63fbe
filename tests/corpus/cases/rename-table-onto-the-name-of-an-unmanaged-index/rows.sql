INSERT INTO old VALUES (1, 'p'), (5, 'q');
