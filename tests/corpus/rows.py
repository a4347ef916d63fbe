"""Compare the rows of two databases by storage class and bytes, and what no schema shows."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Mapping

from oracle import HISTORY, quoted
from reader import fold

STATE = ("user_version", "application_id", "journal_mode", "page_size", "auto_vacuum", "encoding")


class Text(bytes):
    """A TEXT value as its bytes; a plain `bytes` is a BLOB."""

    __slots__ = ()


def lost(
    before: sqlite3.Connection,
    after: sqlite3.Connection,
    *,
    tables: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
    fresh: Iterable[str] = (),
    history: str = HISTORY,
) -> list[str]:
    """Say which rows of `after` are not those of `before`.

    `tables` gives the old name of a table, `values` what a column of a new table should hold, as an expression on
    the old row (`rowid` among them, where rows are renumbered on purpose). Every other column is compared with the
    old column of the same name; a new column is not compared.
    `fresh` names tables whose rows are made anew.
    """
    was = {fold(name): name for name in row_tables(before)}
    complaints = []
    for name in row_tables(after):
        old = was.get(fold((tables or {}).get(name, name)))
        if old is None or name in fresh or any(name.startswith(f"{table}_") for table in fresh):
            continue
        then, now = _pair(before, after, old, name, dict((values or {}).get(name, {})))
        if fold(name) == history:
            # An adopted history keeps its rows and gains ours.
            now = [row for row in now if row in then]
        if then != now:
            complaints.append(_first_difference(name, then, now))
    return complaints + _lost_notes(before, after, dict(tables or {}))


def row_tables(connection: sqlite3.Connection) -> list[str]:
    """Name every table that holds rows of its own, shadow tables of virtual ones included."""
    return [
        name
        for _, name, kind, *_ in connection.execute("PRAGMA main.table_list")
        if kind in ("table", "shadow") and not fold(name).startswith("sqlite_")
    ]


def rowid(connection: sqlite3.Connection, table: str) -> str:
    """Give a name that means the rowid of this table, or nothing."""
    taken = {fold(column) for column in _columns(connection, table)}
    without = connection.execute(
        "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,)
    ).fetchone()[0]
    return "" if without else next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), "")


def state(connection: sqlite3.Connection) -> dict[str, object]:
    """Read what no schema shows and every change must leave alone."""
    return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in STATE}


def faults(connection: sqlite3.Connection, names: Mapping[str, str] | None = None) -> set[str]:
    """Collect what the two checks of SQLite complain about; `names` gives the old name of a renamed table."""
    names = names or {}
    found = set()
    try:
        found |= {
            f"orphan {names.get(child, child)} {rowid} {names.get(parent, parent)}"
            for child, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check")
        }
    except sqlite3.Error:
        found.add("foreign_key_check raises")
    try:
        found |= {row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"}
    except sqlite3.Error as error:
        found.add(str(error))
    return found


def _pair(
    before: sqlite3.Connection, after: sqlite3.Connection, old: str, new: str, values: dict[str, str]
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    theirs = {fold(column): column for column in _columns(before, old)}
    alias = rowid(before, old), rowid(after, new)
    ids = values.get("rowid", f"{quoted(old)}.{alias[0]}")
    expressions = [ids] if all(alias) else []
    reads = [f"{quoted(new)}.{alias[1]}"] if all(alias) else []
    for column in _columns(after, new):
        if column in values:
            expressions.append(values[column])
        elif fold(column) in theirs:
            expressions.append(f"{quoted(old)}.{quoted(theirs[fold(column)])}")
        else:
            continue
        reads.append(f"{quoted(new)}.{quoted(column)}")
    return _rows(before, expressions or ["1"], old), _rows(after, reads or ["1"], new)


def _rows(connection: sqlite3.Connection, expressions: list[str], table: str) -> list[tuple[object, ...]]:
    connection.text_factory = Text
    try:
        found = connection.execute(f"SELECT {', '.join(expressions)} FROM {quoted(table)}").fetchall()
    finally:
        connection.text_factory = str
    return sorted((tuple(map(_exact, row)) for row in found), key=repr)


def _exact(value: object) -> object:
    """Tell 1 from 1.0, '1' from x'31', and -0.0 from 0.0, which Python and SQL call equal."""
    match value:
        case float():
            return f"real {value!r}", struct.pack(">d", value)
        case Text():
            return "text", bytes(value)
        case bytes():
            return "blob", value
        case None:
            return "null"
        case _:
            return "integer", value


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))]


def _lost_notes(before: sqlite3.Connection, after: sqlite3.Connection, tables: dict[str, str]) -> list[str]:
    """Compare what SQLite itself keeps per table: AUTOINCREMENT's high-water marks and ANALYZE's numbers."""
    complaints = []
    here = {name for (name,) in after.execute("SELECT name FROM sqlite_schema")}
    for table, key, columns in (
        ("sqlite_sequence", "name", "name, seq"),
        ("sqlite_stat1", "tbl", "tbl, idx, stat"),
        ("sqlite_stat4", "tbl", "tbl, idx, neq, nlt, ndlt, sample"),
    ):
        if table not in here:
            continue
        now = set(after.execute(f"SELECT {columns} FROM {table}"))
        try:
            then = dict.fromkeys(before.execute(f"SELECT {columns} FROM {table}"))
        except sqlite3.OperationalError:
            continue
        names = {old: new for new, old in tables.items()}
        kept = _keeps_sequence(after) if key == "name" else here
        for name, *rest in then:
            row = (names.get(name, name), *rest)
            gone = key == "tbl" and rest[0] is not None and rest[0] not in here
            if row[0] in kept and not gone and row not in now:
                complaints.append(f"{table}: {row} is gone; there is {sorted(now, key=repr)}")
    return complaints


def _keeps_sequence(connection: sqlite3.Connection) -> set[str]:
    return {
        name
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        if "autoincrement" in fold(sql or "")
    }


def _first_difference(name: str, then: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> str:
    only_then = [row for row in then if row not in now][:3]
    only_now = [row for row in now if row not in then][:3]
    return f"rows of {name}: {len(then)} before, {len(now)} after\n      before {only_then}\n      after  {only_now}"
