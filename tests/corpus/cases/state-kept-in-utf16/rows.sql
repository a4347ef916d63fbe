INSERT INTO t VALUES ('größe 🙂', '1'), ('', '2');
