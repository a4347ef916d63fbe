INSERT INTO Kunden VALUES (1, 'Hauptstraße', 'a', 'b', '40', '🙂'), (3, NULL, 'c', 'd', '42', NULL);
