"""What a start, a check and a plan cost on schemas of 10 to 10,000 tables: whole processes, start-up included."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from measure import RECONCILE, Aim, Cost, head, process, tell

import reconcile

_BARE = (
    "import sqlite3; sqlite3.connect('file:{db}?mode=ro', uri=True).execute('SELECT * FROM sqlite_schema').fetchall()"
)
_FACTS = """
import sqlite3
db = sqlite3.connect("file:{db}?mode=ro", uri=True)
db.execute("BEGIN")
db.execute("SELECT * FROM sqlite_schema").fetchall()
db.execute("SELECT * FROM pragma_table_list").fetchall()
T = "SELECT * FROM sqlite_schema m JOIN pragma_{{0}}(m.name) x WHERE m.type = 'table'"
for pragma in ("table_xinfo", "index_list", "foreign_key_list"):
    db.execute(T.format(pragma)).fetchall()
db.execute("SELECT * FROM sqlite_schema m JOIN pragma_index_xinfo(m.name) x WHERE m.type = 'index'").fetchall()
"""
_PLANS = {500: Aim(seconds=0.3)}
_CHANGES = {1000: Aim(seconds=0.6)}


def start() -> None:
    head("Start")
    floor = process([sys.executable, "-c", "import sqlite3"], repeat=7)
    tell("python -c 'import sqlite3'", floor)
    tell("reconcile --version", process([*RECONCILE, "--version"], repeat=7), floor, Aim(seconds=0.1))


def many(tables: int) -> None:
    """Measure one schema; each of its tables has 10 columns, a foreign key and an index."""
    make(tables)
    repeat = 3 if tables <= 1000 else 1
    head(f"{tables:,} tables of 10 columns, a foreign key and an index each")
    floor = process([sys.executable, "-c", _BARE.format(db="many.db")], repeat=repeat)
    tell("python and sqlite3 reading sqlite_schema", floor)
    tell("the bare PRAGMA queries", process([sys.executable, "-c", _FACTS.format(db="many.db")], repeat=repeat), floor)
    recorded = [*RECONCILE, "{}", "recorded.db"]
    tell("check, unchanged", _run(recorded, "check", repeat), floor, Aim(seconds=0.15) if tables <= 1000 else None)
    tell("plan, nothing to do", _run(recorded, "plan", repeat), floor, _PLANS.get(tables))
    tell("plan, nothing to do, no history yet", process([*RECONCILE, "plan", "many.db"], repeat=repeat), floor)
    changed = [*RECONCILE, "plan", "many.db", "-s", "changed.yaml"]
    tell("plan, one column added", process(changed, repeat=repeat), floor, _CHANGES.get(tables))
    _ensure()


def make(tables: int) -> None:
    """Make ``many.db``, ``recorded.db`` (the same, under management) and both schema files."""
    for name in ("many.db", "recorded.db"):
        Path(name).unlink(missing_ok=True)
    with closing(sqlite3.connect("many.db")) as db:
        columns = ", ".join(f"c{i} TEXT NOT NULL DEFAULT 'x'" for i in range(8))
        for number in range(tables):
            parent = f"p INTEGER REFERENCES t{max(0, number - 1)} (id)"
            db.execute(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, {columns}, {parent})")
            db.execute(f"INSERT INTO t{number} (c0) VALUES ('a')")
        for number in range(tables):
            db.execute(f"CREATE INDEX i{number} ON t{number} (c1, c2)")
        db.commit()
    Path("schema.yaml").write_text(reconcile.inspect("many.db"))
    changed = Path("schema.yaml").read_text().replace("      c0: TEXT", "      cz: BLOB\n      c0: TEXT", 1)
    Path("changed.yaml").write_text(changed)
    shutil.copyfile("many.db", "recorded.db")
    subprocess.run([*RECONCILE, "apply", "recorded.db", "--yes"], check=True, capture_output=True)


def _run(words: list[str], command: str, repeat: int) -> Cost:
    return process([word.format(command) for word in words], repeat=repeat)


def _ensure() -> None:
    """Measure what an application's start pays, over opening its database: in one process, hundreds of times."""
    times = 200 if Path("many.db").stat().st_size < 20_000_000 else 10
    opening = _each(lambda: sqlite3.connect("recorded.db").close(), times)
    reading = _each(_read, times)
    ensured = _each(lambda: reconcile.ensure("recorded.db"), times)
    print(
        f"  ensure(), nothing to do: {ensured * 1e6:,.0f} microseconds of CPU; connect and close {opening * 1e6:,.0f},"
        f" and with a read of sqlite_schema {reading * 1e6:,.0f}",
        flush=True,
    )


def _read() -> None:
    with closing(sqlite3.connect("recorded.db")) as db:
        db.execute("SELECT * FROM sqlite_schema").fetchall()


def _each(work, times: int) -> float:
    work()
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times
