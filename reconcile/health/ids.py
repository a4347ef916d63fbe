"""ids: how far the row ids of each table are from the numbers at which something gives way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.health.finding import Check, Finding, Level, Result, Subject
from reconcile.model.reading import read_table
from reconcile.model.schema import ObjectKind
from reconcile.model.table import Table
from reconcile.preview.units import counted
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, name, quote

LARGEST = 2**63 - 1
"""The largest rowid (autoinc.html)."""
_NEAR = 0.9
_OTHERS = (
    (2**31 - 1, "2^31-1", "programs that keep ids in signed 32-bit numbers"),
    (2**32 - 1, "2^32-1", "programs that keep ids in unsigned 32-bit numbers"),
    (2**53 - 1, "2^53-1", "JavaScript and JSON readers that keep ids in doubles"),
)
_AT_ONCE = 100  # terms of one compound SELECT; SQLite allows 500 (limits.html)


@dataclass(frozen=True, slots=True)
class _Used:
    """The largest id that a table has given out."""

    table: Table
    largest: int


def _look(subject: Subject) -> Result:
    tables, unread = [], []
    for entry in subject.schema.of_kind(ObjectKind.TABLE):
        try:
            table = read_table(entry)
        except Unreadable:
            unread.append(entry.name.text)
            continue
        if table.rowid_alias is not None or table.hidden_rowid is not None:
            tables.append(table)
    used = list(_used(subject.connection, tables))
    not_read = f"; not {', '.join(unread)}, which cannot be read" if unread else ""
    return Result(f"{counted(len(used), 'table')} with row ids{not_read}", tuple(_findings(used)))


def _used(connection: sqlite3.Connection, tables: list[Table]) -> Iterator[_Used]:
    sequences = _sequences(connection)
    for some in (tables[start : start + _AT_ONCE] for start in range(0, len(tables), _AT_ONCE)):
        query = " UNION ALL ".join(
            f"SELECT {number}, max(t.{_id(table)}) FROM main.{table.name.quoted} AS t"
            for number, table in enumerate(some)
        )
        for number, largest in connection.execute(query):
            table = some[number]
            yield _Used(table, max(largest or 0, sequences.get(table.name, 0)))


def _id(table: Table) -> str:
    return table.rowid_alias.quoted if table.rowid_alias is not None else quote(table.hidden_rowid or "rowid")


def _sequences(connection: sqlite3.Connection) -> dict[Name, int]:
    if connection.execute("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'").fetchone() is None:
        return {}
    # An application may write anything there; SQLite takes what is no integer for 0.
    found = connection.execute("SELECT name, seq FROM main.sqlite_sequence WHERE typeof(seq) = 'integer'")
    return {name(table): seq for table, seq in found}


def _findings(used: list[_Used]) -> Iterator[Finding]:
    for each in used:
        table = each.table
        if each.largest >= LARGEST * _NEAR:
            yield _last(table, each.largest)
        for limit, written, who in _OTHERS:
            if limit * _NEAR <= each.largest <= limit:
                message = f"the ids of {table.name} are at {100 * each.largest // limit}% of {written}: {who} end there"
                advice = "see that nothing which reads these ids is one of them"
                yield Finding("ids-near-limit", Level.NOTE, table.name.text, message, advice)


def _last(table: Table, largest: int) -> Finding:
    then = "SQLite then looks for free ids at random, and fails where it finds none"
    if table.primary_key is not None and table.primary_key.autoincrement:
        then = "with AUTOINCREMENT every INSERT then fails with 'database or disk is full'"
    where = "used up" if largest == LARGEST else f"at {100 * largest // LARGEST}% of 2^63-1"
    message = f"the ids of {table.name} are {where}: {then}"
    advice = "find the row with the largest id; give it, and the sequence, a smaller one"
    return Finding("ids-end", Level.PROBLEM, table.name.text, message, advice)


CHECK = Check("ids", _look)
