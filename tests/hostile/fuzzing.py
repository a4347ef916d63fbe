"""The process that reads broken databases: `python fuzzing.py FOLDER BASE FIRST LAST` prints a line for each fault.

It runs apart from pytest, because a crash of SQLite would take its process with it. Each variant is made from its
number alone, so that a fault can be looked at again.
"""

from __future__ import annotations

import contextlib
import io
import random
import signal
import sqlite3
import sys
from pathlib import Path

from reconcile.cli.app import main

SECONDS = 10
BASES = {
    "rows": """
        CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE CHECK (length(a) < 100), b REAL);
        CREATE INDEX i ON t (a) WHERE b > 0;
        INSERT INTO t VALUES (1, 'x', 1.5), (2, 'y', 2), (3, 'z', NULL);
    """,
    "family": """
        CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT UNIQUE);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (id) ON DELETE CASCADE, g AS (p + 1));
        CREATE VIEW v AS SELECT * FROM p JOIN c ON p.id = c.p;
        CREATE TRIGGER g AFTER INSERT ON c BEGIN UPDATE p SET n = n || 'x'; END;
        INSERT INTO p (n) VALUES ('a'), ('b'); INSERT INTO c (p) VALUES (1), (2);
    """,
    "others": """
        CREATE TABLE w (a TEXT, b INT, PRIMARY KEY (a DESC, b)) WITHOUT ROWID, STRICT;
        CREATE VIRTUAL TABLE f USING fts5(x);
        INSERT INTO w VALUES ('q', 1), ('r', 2); INSERT INTO f VALUES ('hello world'); ANALYZE;
    """,
}
SCHEMAS = {
    "rows": "  t: {columns: {id: INTEGER PRIMARY KEY, a: TEXT NOT NULL, b: INTEGER}}\n",
    "family": "  p: {columns: {id: INTEGER PRIMARY KEY, n: TEXT NOT NULL UNIQUE}}\n"
    "  c: {columns: {id: INTEGER PRIMARY KEY, p: INTEGER REFERENCES p (id)}}\n",
    "others": "  w: {columns: {a: TEXT, b: INT}, primary_key: [a]}\n",
}
ENDS = {
    "plan": (0, 1, 3, 7, 66),
    "check": (0, 1, 2, 7, 66),
    "inspect": (0, 1, 3, 7, 66),
    "apply": (0, 1, 3, 6, 7, 66),
}


def base(name: str, folder: Path) -> bytes:
    """Build one of the small databases, and give its bytes."""
    path = folder / "base.db"
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 512")
        connection.executescript(BASES[name])
    return path.read_bytes()


def variant(sound: bytes, number: int) -> bytes:
    """Break some bits or bytes, more of them where the schema is, or cut the file off."""
    dice, data = random.Random(number), bytearray(sound)
    how = dice.random()
    if how > 0.95:
        return bytes(data[: dice.randrange(1, len(data))])
    for _ in range(dice.choice([1, 1, 1, 2, 4, 16])):
        place = dice.randrange(len(data) if dice.random() < 0.6 else 1024)
        data[place] = data[place] ^ (1 << dice.randrange(8)) if how < 0.5 else dice.choice([0, 1, 127, 128, 255])
    return bytes(data)


def fault(folder: Path, data: bytes, word: str) -> str | None:
    """Run a command over a file, and say what is wrong with how it ended."""
    store, said = folder / "store.db", io.StringIO()
    store.write_bytes(data)
    words = [word, str(store), *(() if word == "inspect" else ("-s", str(folder / "schema.yaml")))]
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of this process's own work: the machine may be busy
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = main([*words, *(("--yes", "--no-backup") if word == "apply" else ())])
    signal.setitimer(signal.ITIMER_PROF, 0)
    text = said.getvalue()
    if status not in ENDS[word] or "Traceback" in text or "bug in reconcile" in text:
        return f"exit {status}: {text.strip()[:300]}"
    if word != "apply" and store.read_bytes() != data:
        return "it changed the file"
    found = {path.name for path in folder.iterdir()} - {"store.db", "base.db", "schema.yaml", "store.db-journal"}
    return f"it left {found}" if found else None


def run(folder: Path, name: str, first: int, last: int) -> None:
    """Try the variants of one base, and print every fault."""
    (folder / "schema.yaml").write_text(f"version: 1\ntables:\n{SCHEMAS[name]}")
    sound = base(name, folder)
    for number in range(first, last):
        print("at", name, number, flush=True)  # the last one printed is the one that crashed or hung
        for word in ENDS:
            wrong = fault(folder, variant(sound, number), word)
            if wrong:
                print("FAULT", name, number, word, wrong.replace("\n", " | "), flush=True)
            (folder / "store.db-journal").unlink(missing_ok=True)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
