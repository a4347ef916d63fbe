"""make bench: what reconcile costs, as ratios to a floor measured in the same run. No test: times are for eyes.

    python tests/bench/bench.py [--rows 2000000] [--tables 500] [--only plan,rebuild,backup,start]

Every piece of work is a process of its own: wall and CPU seconds and peak memory come from wait4.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

RECONCILE = [sys.executable, "-m", "reconcile"]
REPEAT = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and CPU seconds (the best of several runs), and peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--only", default="start,plan,rebuild,backup")
    asked = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="reconcile-bench-") as folder:
        os.chdir(folder)
        wanted = asked.only.split(",")
        if "start" in wanted:
            start()
        if "plan" in wanted:
            plan(asked.tables)
        if "rebuild" in wanted or "backup" in wanted:
            big(asked.rows)
        if "rebuild" in wanted:
            rebuild(asked.rows)
        if "backup" in wanted:
            backup()


def start() -> None:
    floor = run([sys.executable, "-c", "import sqlite3"])
    tell("python -c 'import sqlite3'", floor, None)
    tell("reconcile --version", run([*RECONCILE, "--version"]), floor)


def plan(tables: int) -> None:
    """Plan of an unchanged database, against the bare queries that read the same facts."""
    with closing(sqlite3.connect("many.db")) as db:
        for number in range(tables):
            columns = ", ".join(f"c{i} TEXT NOT NULL DEFAULT 'x'" for i in range(8))
            parent = f"p INTEGER REFERENCES t{max(0, number - 1)} (id)"
            db.execute(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, {columns}, {parent})")
            db.execute(f"CREATE INDEX i{number} ON t{number} (c1, c2)")
            db.execute(f"INSERT INTO t{number} (c0) VALUES ('a')")
        db.commit()
    subprocess.run([*RECONCILE, "inspect", "many.db", "-o", "schema.yaml"], check=True, capture_output=True)
    changed = Path("schema.yaml").read_text().replace("      c0: TEXT", "      cz: BLOB\n      c0: TEXT", 1)
    Path("changed.yaml").write_text(changed)
    print(f"\n{tables} tables of 10 columns, 1 index each; whole processes, start-up included")
    floor = run([sys.executable, "-c", _FACTS])
    tell("bare PRAGMA queries", floor, None)
    tell("plan, nothing to do", run([*RECONCILE, "plan", "many.db"]), floor)
    tell("check, nothing to do", run([*RECONCILE, "check", "many.db"]), floor)
    tell("plan, one column added", run([*RECONCILE, "plan", "many.db", "-s", "changed.yaml"]), floor)


def big(rows: int) -> None:
    print(f"\nfilling a table of {rows:,} rows, 6 columns, 2 indexes …", flush=True)
    with closing(sqlite3.connect("big.db", isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        db.execute(_TABLE.format(name="t", price="TEXT"))
        db.execute(
            f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                INSERT INTO t SELECT i, hex(randomblob(8)), abs(random()) % 100000, (abs(random()) % 10000) / 100.0,
                       'a longer text that fills the row a little ' || i, i % 7 FROM n"""
        )
        for index in _INDEXES:
            db.execute(index)
        db.execute("COMMIT")
    subprocess.run([*RECONCILE, "inspect", "big.db", "-o", "big.yaml"], check=True, capture_output=True)
    print(f"{Path('big.db').stat().st_size / 1e6:,.0f} MB")


def rebuild(rows: int) -> None:
    """Rebuild with proof, against the raw steps in one transaction (INSERT … SELECT, indexes, rename)."""
    print(f"\nrebuild of {rows:,} rows: a CHECK is added")
    changed = Path("big.yaml").read_text().replace("      flag: INTEGER", "      flag: INTEGER CHECK (flag >= 0)")
    Path("checked.yaml").write_text(changed)
    apply = [*RECONCILE, "apply", "copy.db", "-s", "checked.yaml", "--yes", "--no-backup"]
    floor = run([sys.executable, "-c", _RAW], before=fresh, repeat=2)
    tell("the raw steps", floor, None)
    tell("apply, with plan, proof and verification", run(apply, before=fresh, repeat=2), floor)


def backup() -> None:
    print("\nbackup")
    floor = run(["sh", "-c", "cp big.db raw-copy.db && sync raw-copy.db"], before=no_copies)
    tell("cp and fsync", floor, None)
    tell("reconcile backup, verified", run([*RECONCILE, "backup", "big.db", "ours.db"], before=no_copies), floor)


def fresh() -> None:
    shutil.copyfile("big.db", "copy.db")
    os.sync()


def no_copies() -> None:
    for name in ("raw-copy.db", "ours.db"):
        Path(name).unlink(missing_ok=True)


def run(words: list[str], *, before: object = None, repeat: int = REPEAT) -> Cost:
    best: Cost | None = None
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(repeat):
        if callable(before):
            before()
        started = time.monotonic()
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - started
        if status not in (0, 512):
            raise SystemExit(f"{words} failed: {child.stderr.read().decode() if child.stderr else status}")
        cost = Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        best = cost if best is None or cost.cpu < best.cpu else best
        child.stderr.close() if child.stderr else None
        child.returncode = 0
    assert best is not None
    return best


def tell(what: str, cost: Cost, floor: Cost | None) -> None:
    ratio = f"{cost.cpu / floor.cpu:6.2f} x" if floor else "   floor"
    print(f"  {what:<42} {cost.wall:7.3f} s wall  {cost.cpu:7.3f} s CPU  {ratio}  {cost.memory:6.0f} MB", flush=True)


_TABLE = """CREATE TABLE {name} (
  id INTEGER PRIMARY KEY, email TEXT NOT NULL, pid INTEGER, price REAL, body {price}, flag INTEGER
)"""
_INDEXES = ("CREATE INDEX by_email ON t (email)", "CREATE INDEX by_pid ON t (pid, flag)")
_FACTS = """
import sqlite3
db = sqlite3.connect("file:many.db?mode=ro", uri=True)
db.execute("BEGIN")
db.execute("SELECT * FROM sqlite_schema").fetchall()
db.execute("SELECT * FROM pragma_table_list").fetchall()
T = "SELECT * FROM sqlite_schema m JOIN pragma_{0}(m.name) x WHERE m.type = 'table'"
for pragma in ("table_xinfo", "index_list", "foreign_key_list"):
    db.execute(T.format(pragma)).fetchall()
db.execute("SELECT * FROM sqlite_schema m JOIN pragma_index_xinfo(m.name) x WHERE m.type = 'index'").fetchall()
"""
_RAW = f"""
import sqlite3
db = sqlite3.connect("copy.db", isolation_level=None)
db.execute("PRAGMA foreign_keys = OFF")
db.execute("BEGIN IMMEDIATE")
db.execute({_TABLE.format(name="new_t", price="TEXT").replace("flag INTEGER", "flag INTEGER CHECK (flag >= 0)")!r})
db.execute("INSERT INTO new_t (id, email, pid, price, body, flag) SELECT id, email, pid, price, body, flag FROM t")
db.execute("DROP TABLE t")
db.execute("ALTER TABLE new_t RENAME TO t")
for index in {_INDEXES!r}:
    db.execute(index)
db.execute("COMMIT")
"""

if __name__ == "__main__":
    main()
