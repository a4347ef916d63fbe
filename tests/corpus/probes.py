"""Write the same rows, good and bad, into what reconcile made and into what was built directly: both must do the same.

The texts of two schemas may be equal and a trigger lost, or a constraint dead; what happens to a row tells. Nothing
here is chosen by hand: every column of every table is tried with values that it should and should not take.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from case import Case
from oracle import quoted
from reader import fold
from rows import _rows, row_tables, rowid

_VALUES = ("NULL", "-1", "0", "''", "'x'", "x'00'", "1.5")
_VOLATILE = re.compile(r"random|current_(?:date|time)|'now'", re.IGNORECASE)
_NOTES = ("sqlite_sequence",)

Outcome = tuple[str, object]


def answers_differ(case: Case, made: Path, expected: Path) -> list[str]:
    """Say which statements the two databases answer otherwise. `expected` is empty, and is filled from `made`."""
    with closing(case.connect(expected)) as connection:
        _fill(connection, made)
    with closing(_copy(case, made)) as ours, closing(_copy(case, expected)) as theirs:
        tables = _compared(case, theirs)
        volatile = _VOLATILE.search(case.after) is not None
        found = []
        for sql in _statements(theirs, tables):
            answers = [_answer(connection, sql, () if volatile else tables) for connection in (theirs, ours)]
            if answers[0] != answers[1]:
                found.append(f"{sql}\n      expected {_short(answers, 0)}\n      actual   {_short(answers, 1)}")
        return found


def _fill(connection: sqlite3.Connection, made: Path) -> None:
    """Give the database that was built from the desired state the rows of the other, as a person would by hand."""
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {quoted(name)}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("ATTACH ? AS made", (str(made),))
    there = {fold(name) for (name,) in connection.execute("SELECT name FROM made.sqlite_schema")}
    for name in row_tables(connection):
        if fold(name) in there:
            _fill_table(connection, name)
    for name in there & set(_NOTES):
        with suppress(sqlite3.OperationalError):  # no such table, where nothing counts any more
            connection.execute(f"DELETE FROM main.{name}")
            connection.execute(f"INSERT INTO main.{name} SELECT * FROM made.{name}")
    connection.execute("DETACH made")
    for _, sql in triggers:
        connection.execute(sql)


def _fill_table(connection: sqlite3.Connection, name: str) -> None:
    query = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0"
    columns = [quoted(column) for (column,) in connection.execute(query, (name,))]
    known = rowid(connection, name)
    into = ", ".join([known, *columns] if known else columns)
    connection.execute(f"DELETE FROM main.{quoted(name)}")
    connection.execute(f"INSERT INTO main.{quoted(name)} ({into}) SELECT {into} FROM made.{quoted(name)}")


def _copy(case: Case, path: Path) -> sqlite3.Connection:
    copy = case.connect(":memory:")
    with closing(case.connect(path)) as source:
        source.backup(copy)
    copy.execute("PRAGMA foreign_keys = ON")
    return copy


def _compared(case: Case, connection: sqlite3.Connection) -> tuple[str, ...]:
    hidden = {case.history, f"{case.history}_reconcile"}
    return tuple(name for name in row_tables(connection) if fold(name) not in hidden)


def _statements(connection: sqlite3.Connection, tables: tuple[str, ...]) -> Iterator[str]:
    kinds = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA main.table_list")}
    for name in (*tables, *(view for view, kind in kinds.items() if kind == "view")):
        if kinds[name] == "shadow":
            continue
        table = quoted(name)
        query = "SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden = 0"
        try:
            columns = {quoted(column): key for column, key in connection.execute(query, (name,))}
        except sqlite3.Error:  # a view that is broken
            columns = {}
        yield f"SELECT * FROM {table}"
        yield f"INSERT INTO {table} DEFAULT VALUES"
        yield f"DELETE FROM {table}"
        listed = ", ".join(columns)
        one = f"FROM {table} LIMIT 1"
        for column in columns if len(columns) <= 20 else list(columns)[:3]:
            for value in _VALUES:
                given = ", ".join(value if other == column else other for other in columns)
                yield f"INSERT INTO {table} ({listed}) SELECT {given} {one}"
                rest = [other for other, key in columns.items() if not key and other != column]
                if columns[column] == 0:  # the key is given by SQLite, where it gives one
                    yield f"INSERT INTO {table} ({', '.join([column, *rest])}) SELECT {', '.join([value, *rest])} {one}"
                yield f"UPDATE {table} SET {column} = {value}"


def _answer(connection: sqlite3.Connection, sql: str, tables: tuple[str, ...]) -> Outcome:
    connection.execute("BEGIN")
    try:
        found = connection.execute(sql)
        if sql.startswith("SELECT"):
            return "gives", len(found.fetchall())
        return "leaves", {name: _contents(connection, name) for name in tables}
    except sqlite3.Error as error:
        return "fails", getattr(error, "sqlite_errorcode", 0) & 0xFF  # which of several constraints is the order's
    finally:
        if connection.in_transaction:  # ON CONFLICT ROLLBACK has ended it
            connection.execute("ROLLBACK")


def _contents(connection: sqlite3.Connection, name: str) -> object:
    query = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY name"
    columns = [quoted(column) for (column,) in connection.execute(query, (name,))]
    return _rows(connection, columns, name)


def _short(answers: list[Outcome], place: int) -> str:
    word, told = answers[place]
    other = answers[1 - place][1]
    if isinstance(told, dict) and isinstance(other, dict):
        told = {name: rows for name, rows in told.items() if rows != other[name]}
    return f"{word} {told}"
