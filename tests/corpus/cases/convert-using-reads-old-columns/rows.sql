INSERT INTO t VALUES (1, 'Ada', 'Lovelace'), (4, 'Alan', 'Turing');
