INSERT INTO no VALUES ('a', 'b', 'c', 'd', '5', 'f', 'g');
