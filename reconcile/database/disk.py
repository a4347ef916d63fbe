"""What rows weigh in the file, what is free on the disk, and how fast this machine is: what estimates are made from.

Everything is read; a plan may not write a byte, not even to measure a disk.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from reconcile.database.files import ImmutableConnection
from reconcile.model.facts import Facts, RowCount, Storage, Weight
from reconcile.sql.names import Name, fold

_WORTH_MEASURING = 4_000_000  # bytes: what is smaller is rebuilt in less time than anyone notices
_REFERENCE = 0.0090  # seconds that `_work` takes on the machine where plan/cost.py's figures were measured
_SAMPLE = 1000  # rows
# CROSS JOIN: each table and index is looked up by its name, so that no other page of the file is read.
_WEIGHTS = """
    SELECT m.tbl_name, m.type, s.pgsize
    FROM main.sqlite_schema AS m CROSS JOIN dbstat AS s ON s.name = m.name
    WHERE s.schema = 'main' AND s.aggregate = 1 AND m.tbl_name COLLATE NOCASE IN (SELECT value FROM json_each(?))
"""
_TERMS = """
    SELECT count(*), total(n) FROM (
      SELECT count(*) AS n FROM pragma_index_list(?) AS l JOIN pragma_index_info(l.name) GROUP BY l.name
    )
"""


@dataclass(frozen=True, slots=True)
class Backups:
    """Where a backup will go (None: into a folder beside the database), if one is `taken` (None: not decided yet)."""

    folder: Path | None = None
    taken: bool | None = None


def survey(
    connection: sqlite3.Connection, facts: Facts, tables: Mapping[Name, Name], backups: Backups | None = None
) -> Facts:
    """Add to the facts what the file and the disk are like; `tables` are those to be weighed, new name to live name."""
    backups = backups or Backups()
    page = _pragma(connection, "page_size")
    path = connection.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    home = Path(path).parent if path else None
    storage = Storage(
        size=page * _pragma(connection, "page_count"),
        unused=page * _pragma(connection, "freelist_count"),
        wal=_is_wal(connection),
        erases=_pragma(connection, "secure_delete") == 1,
        free=free_in(home),
        elsewhere=_elsewhere(home, backups.folder),
        copied=backups.taken,
    )
    if tables:
        weights = weigh(connection, facts, tables)
        heavy = sum(weight.both for weight in weights.values()) >= _WORTH_MEASURING
        storage = replace(storage, weights=weights, pace=pace() if heavy else 1.0)
    return replace(facts, storage=storage)


def weigh(connection: sqlite3.Connection, facts: Facts, tables: Mapping[Name, Name]) -> dict[str, Weight]:
    """Weigh tables in one query, with dbstat where it was compiled in (dbstat.html), else from a sample of rows."""
    live = json.dumps([name.text for name in tables.values()])
    found: dict[str, Weight] = {}
    try:
        for table, kind, size in connection.execute(_WEIGHTS, (live,)):
            weight = Weight(size, 0) if kind == "table" else Weight(0, size)
            found[fold(table)] = found.get(fold(table), Weight()) + weight
    except sqlite3.OperationalError as error:
        if "dbstat" not in str(error):
            raise
        found = {name.key: sampled(connection, name, facts) for name in tables.values()}
    return {new.key: found[live.key] for new, live in tables.items() if live.key in found}


def sampled(connection: sqlite3.Connection, table: Name, facts: Facts) -> Weight:
    """Estimate a table's weight from its first rows and its number of rows; never more than the file holds."""
    counted = facts.get(RowCount(table))
    query = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden IN (0, 3)"
    columns = ['"' + row[0].replace('"', '""') + '"' for row in connection.execute(query, (table.text,))]
    if counted is None or not counted.count or not columns:
        return Weight()
    # Each on its own: a sum over a thousand columns is deeper than SQLite lets an expression be. By a number: a column
    # of a subquery cannot be called "true" (SQLite names it column1).
    widths = ", ".join(f'ifnull(length(CAST({column} AS BLOB)), 0) + 1 AS "#{n}"' for n, column in enumerate(columns))
    averages = ", ".join(f'avg("#{n}")' for n in range(len(columns)))
    sample = f"SELECT {widths} FROM main.{table.quoted} LIMIT {_SAMPLE}"
    average = sum(connection.execute(f"SELECT {averages} FROM ({sample})").fetchone())
    number, terms = connection.execute(_TERMS, (table.text,)).fetchone()
    used = _pragma(connection, "page_size") * _pragma(connection, "page_count")
    weight = min(used, int(counted.count * (average + 4) * 1.1))
    return Weight(weight, min(used - weight, int(counted.count * (terms * average / len(columns) + 8 * number) * 1.2)))


def free_in(folder: Path | None) -> int | None:
    """Say how many bytes are free for us on the disk of a folder; None where that cannot be known."""
    while folder is not None:
        try:
            found = shutil.disk_usage(folder)
        except FileNotFoundError:  # a folder for backups is made when the first one is taken
            folder = folder.parent if folder.parent != folder else None
        except OSError:
            return None
        else:
            return found.free if found.total else None
    return None


def pace(clock: Callable[[], float] = time.perf_counter) -> float:
    """Say how slow this machine is now: 1.0 is the one on which plan/cost.py's figures were measured."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as scratch:
        started = clock()
        for statement in _WORK:
            scratch.execute(statement).fetchall()
        return max(0.1, min(10.0, (clock() - started) / _REFERENCE))


_WORK = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER)",
    """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
       INSERT INTO t SELECT i, 'a text that is as long as texts are ' || (i * 7919 % 8000), i % 100 FROM n""",
    "CREATE TABLE u AS SELECT * FROM t",
    "CREATE INDEX by_a ON u (a)",
    "SELECT count(*) FROM t CROSS JOIN u ON u.rowid = t.id WHERE (t.a, t.b) IS (u.a, u.b)",
)


def _elsewhere(home: Path | None, folder: Path | None) -> int | None:
    """Say what is free where backups go; None if that is the database's own disk, or cannot be known."""
    if home is None or folder is None:
        return None
    try:
        near = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
        return None if near.stat().st_dev == home.stat().st_dev else free_in(near)
    except OSError:
        return None


def _is_wal(connection: sqlite3.Connection) -> bool:
    if isinstance(connection, ImmutableConnection):  # SQLite itself calls every immutable file "delete"
        return True
    return str(connection.execute("PRAGMA main.journal_mode").fetchone()[0]).lower() == "wal"


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA main.{name}").fetchone()[0])
