"""What the probe costs, as a ratio to one full scan of the same table. No test: times are for eyes.

    python tests/bench/probe.py [--rows 2000000]

The scan is `SELECT count(*), typeof(each column)`; CPU seconds, the best of three, in one process.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from reconcile.database.probe import answer
from reconcile.model.facts import Duplicates
from reconcile.river import chart, load_desired, wishes

REPEAT = 3
COLUMNS = ("id", "email", "pid", "price", "body", "flag")
BEFORE = "CREATE TABLE t (id INTEGER PRIMARY KEY, email TEXT, pid INTEGER, price TEXT, body TEXT, flag INTEGER)"
INDEXES = ("CREATE INDEX by_email ON t (email)", "CREATE INDEX by_pid ON t (pid, flag)")
WANTED = {
    "NOT NULL": "pid INTEGER NOT NULL",
    "CHECK": "flag INTEGER CHECK (flag >= 0)",
    "retype": "price INTEGER",
    "unique, where an index is": "email TEXT UNIQUE",
    "unique, where none is": "body TEXT UNIQUE",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reconcile-bench-") as folder:
        database = Path(folder) / "big.db"
        fill(database, asked.rows)
        print(f"{asked.rows:,} rows, {database.stat().st_size / 1e6:,.0f} MB, SQLite {sqlite3.sqlite_version}")
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            measure(connection, Path(folder))


def measure(connection: sqlite3.Connection, folder: Path) -> None:
    types = ", ".join(f"count(typeof({column}))" for column in COLUMNS)
    floor = best(lambda: connection.execute(f"SELECT count(*), {types} FROM t NOT INDEXED").fetchone())
    print(f"  {'one scan, typeof of each column':<42} {floor:6.3f} s CPU   floor")
    for label in WANTED:
        tell(label, cost(connection, folder, (label,)), floor)
    together = tuple(WANTED)
    tell("all but unique, together", cost(connection, folder, together[:3]), floor)
    tell("all, together", cost(connection, folder, together), floor)


def cost(connection: sqlite3.Connection, folder: Path, labels: tuple[str, ...]) -> tuple[float, int]:
    """Time what a plan asks for these changes; give the number of sorts among it as well."""
    columns = {text.split()[0]: text for text in ("id INTEGER PRIMARY KEY", "body TEXT", "email TEXT")}
    columns |= {text.split()[0]: text for text in ("pid INTEGER", "price TEXT", "flag INTEGER")}
    columns |= {WANTED[label].split()[0]: WANTED[label] for label in labels}
    wanted = folder / "wanted.sql"
    body = ", ".join(columns[column] for column in COLUMNS)
    wanted.write_text(";\n".join((f"CREATE TABLE t ({body})", *INDEXES)) + ";\n")
    plan = chart(connection, load_desired(wanted), wishes((), (), column_order=False)).plan
    asked = tuple(plan.facts.answers)
    return best(lambda: answer(connection, asked)), sum(isinstance(each, Duplicates) for each in asked)


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEAT):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def tell(what: str, found: tuple[float, int], floor: float) -> None:
    seconds, sorts = found
    print(f"  {what:<42} {seconds:6.3f} s CPU  {seconds / floor:5.2f} x   {sorts} unique keys", flush=True)


def fill(database: Path, rows: int) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        db.execute(BEFORE)
        db.execute(
            f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                INSERT INTO t SELECT i, hex(randomblob(8)), abs(random()) % 100000, abs(random()) % 10000,
                       'a longer text that fills the row a little ' || i, i % 7 FROM n"""
        )
        for index in INDEXES:
            db.execute(index)
        db.execute("COMMIT")


if __name__ == "__main__":
    main()
