"""Check that a file is sound: its pages, its rows, its indexes. Only what is surely wrong is told."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from reconcile.errors import FailedError


@dataclass(frozen=True, slots=True)
class Faults:
    """What a check found: `damage` of the file itself, and `rows` that break their table's own rules."""

    damage: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Soundness:
    """What integrity_check found; where functions or collations are `missing`, what quick_check did."""

    faults: Faults
    missing: tuple[str, ...] = ()


_MISSING_FUNCTION = re.compile(r"(?:unknown|no such) function: (.+?)(?:\(\))?", re.DOTALL)
_MISSING_COLLATION = re.compile(r"no such collation sequence: (.+)", re.DOTALL)
_ROW_FAULT = re.compile(
    r"(?:NULL value in|CHECK constraint failed in|non-[A-Z]+ value in|[A-Z]+ value in) .*", re.DOTALL
)

_ALL = 100_000  # lines; SQLite stops at 100 of its own accord


def quick_check(connection: sqlite3.Connection) -> Faults:
    """Check a database's structure (pragma.html#pragma_quick_check), without SQLite 3.40's false alarms.

    Some 1.5 s per GB; raises sqlite3.Error. Functions and collations that the schema names and nobody loaded
    become stubs on this connection, so give it one of its own: quick_check fails on the first one missing,
    though it only counts index entries and never looks at their order.

    Rows that break a CHECK are seen only by a connection that may write: SQLite does not even load CHECKs from
    a file opened ``mode=ro`` (sqlite3AddCheckConstraint in build.c; seen in 3.40.1).
    """
    return _checked(connection, list(_lines(connection, "quick_check", [])))


def integrity_check(connection: sqlite3.Connection) -> Soundness:
    """Check the structure, and that every index holds what its table does: some 30 s per GB.

    With a stub for a collation or a function sound indexes would look wrong. Then it is a quick_check, and what is
    missing is told; the connection should be one of its own, as for `quick_check`.
    """
    missing: list[str] = []
    lines = list(_lines(connection, "integrity_check", missing))
    return Soundness(_checked(connection, lines), tuple(missing))


def integrity_faults(connection: sqlite3.Connection) -> frozenset[str]:
    """Give all that integrity_check says of `main`, its false alarms left out: to be compared with another time.

    Nothing is stubbed, so it may run in the middle of an apply; raises sqlite3.Error where a function is missing.
    """
    found = _checked(connection, [str(row[0]) for row in connection.execute(f"PRAGMA main.integrity_check({_ALL})")])
    return frozenset((*found.damage, *found.rows))


def damage_of(file: Path) -> str | None:
    """Say what is wrong with a copy that nobody writes; None where it can be read whole.

    ``immutable=1``: no lock is taken, and nothing new stands beside it afterwards.
    """
    if not file.stat().st_size:
        return "it is empty"  # to SQLite a database without tables; a copy of one has a page
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.set_progress_handler(lambda: 0, 10_000)  # or Ctrl-C would wait for its end
            faults = quick_check(connection)
    except (sqlite3.DatabaseError, FailedError) as error:
        return str(error)
    return faults.damage[0] if faults.damage else None


def _checked(connection: sqlite3.Connection, found: list[str]) -> Faults:
    lines = [line for line in found if line != "ok" and not _false_alarm(connection, line)]
    rows = tuple(line for line in lines if _ROW_FAULT.fullmatch(line))
    return Faults(damage=tuple(line for line in lines if line not in rows), rows=rows)


def _lines(connection: sqlite3.Connection, pragma: str, missing: list[str]) -> Iterator[str]:
    """Yield what a check says; what it misses gets a stub, and its name is put into `missing`."""
    for _ in range(1000):
        try:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}")]
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
                yield str(error)  # too damaged for a list
                return
            name = _stubbed(connection, str(error))
            if name is None:
                raise
            missing.append(name)
            pragma = "quick_check"  # under a stub, a sound index would look wrong
        else:
            yield from found
            return
    raise FailedError("the schema names more than 1,000 functions that are not loaded", code="no-function")


def _stubbed(connection: sqlite3.Connection, message: str) -> str | None:
    """Put a stub where a check missed something, and give its name: NULL passes every CHECK."""
    if found := _MISSING_FUNCTION.fullmatch(message):
        connection.create_function(found[1], -1, lambda *_: None, deterministic=True)
    elif found := _MISSING_COLLATION.fullmatch(message):
        connection.create_collation(found[1], lambda left, right: (left > right) - (left < right))
    return found[1] if found else None


def _false_alarm(connection: sqlite3.Connection, line: str) -> bool:
    """Tell whether "NULL value in t.c" is said of a sound WITHOUT ROWID table (3.40; sqlite-facts 10).

    `typeof` is asked, because SQLite answers `c IS NULL` on a NOT NULL column without looking.
    """
    if not line.startswith("NULL value in "):
        return False
    table, _, column = line.removeprefix("NULL value in ").partition(".")
    names = [name.replace('"', '""') for name in (table, column)]
    query = f"""SELECT 1 FROM "{names[0]}" AS t WHERE typeof(t."{names[1]}") = 'null' LIMIT 1"""
    try:
        return connection.execute(query).fetchone() is None
    except sqlite3.OperationalError:  # a name with a dot in it: we do not know, so the line stands
        return False
