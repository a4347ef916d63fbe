CREATE TABLE no ("on" TEXT, "null" TEXT, "012" TEXT, "1:30" TEXT, y TEXT, "~" TEXT, "1.0" TEXT);
