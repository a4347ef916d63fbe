"""rows: how many each table has, how many lack a value, and which break a CHECK; one pass for each table."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.health.finding import Check, Contents, Finding, Level, Result, Subject
from reconcile.health.limits import known
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Check as Rule
from reconcile.preview.units import counted
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, name

_COLUMNS = """
    SELECT m.name, x.name, x."notnull" FROM main.sqlite_schema AS m JOIN pragma_table_xinfo(m.name, 'main') AS x
    WHERE m.type = 'table' AND m.name IN (SELECT value FROM json_each(?)) ORDER BY m.name, x.cid
"""
_LIMIT = "or correct the limit"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one pass over a table saw; `broken` CHECKs with how many rows break them, `unread` why none was tried."""

    contents: Contents
    broken: tuple[tuple[Rule, int], ...]
    unread: str | None = None


def _look(subject: Subject) -> Result:
    tables = list(subject.schema.of_kind(ObjectKind.TABLE))
    columns = _columns(subject.connection, tables)
    known(subject.limits.rows, (table.name.key for table in tables), "table")
    # A limit may name a NOT NULL column, which none can break.
    told = [f"{table.key}.{column.key}" for table, own in columns.items() for column, _ in own]
    known(subject.limits.nulls, told, "column")
    seen = [
        _seen(subject.connection, table, [c for c, nullable in columns[table.name] if nullable]) for table in tables
    ]
    total = sum(each.contents.rows for each in seen)
    unread = [f"no CHECK of {each.contents.table}: {each.unread}" for each in seen if each.unread]
    says = "; ".join([f"{counted(total, 'row')} in {counted(len(seen), 'table')}", *unread])
    findings = [finding for each in seen for finding in (*_broken(each), *_beyond(subject, each.contents))]
    return Result(says, tuple(findings), tuple(each.contents for each in seen))


def _columns(connection: sqlite3.Connection, tables: list[Entry]) -> dict[Name, list[tuple[Name, bool]]]:
    """Give the columns of all tables, each with whether it may hold NULL, in one query."""
    out: dict[Name, list[tuple[Name, bool]]] = defaultdict(list)
    names = json.dumps([table.name.text for table in tables])
    for table, column, not_null in connection.execute(_COLUMNS, (names,)):
        out[name(table)].append((name(column), not not_null))
    return out


def _seen(connection: sqlite3.Connection, table: Entry, nullable: list[Name]) -> _Seen:
    checks, unread = _checks(table)
    values = ["count(*)", *(f"count(t.{column.quoted})" for column in nullable)]
    source = f"FROM main.{table.name.quoted} AS t"
    try:
        broken = [f"count(CASE WHEN NOT ({check.expression.text}) THEN 1 END)" for check in checks]
        row = connection.execute(f"SELECT {', '.join([*values, *broken])} {source}").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR or not checks:
            raise
        checks, unread = [], str(error)  # a function that only the application has
        row = connection.execute(f"SELECT {', '.join(values)} {source}").fetchone()
    rows, counts = row[0], row[1 : 1 + len(nullable)]
    nulls = tuple((column, rows - count) for column, count in zip(nullable, counts, strict=True) if count < rows)
    found = zip(checks, row[1 + len(nullable) :], strict=True)
    return _Seen(Contents(table.name, rows, nulls), tuple((check, count) for check, count in found if count), unread)


def _checks(table: Entry) -> tuple[list[Rule], str | None]:
    try:
        return [each for each in read_table(table).constraints if isinstance(each, Rule)], None
    except Unreadable as error:
        return [], str(error)


def _broken(seen: _Seen) -> Iterator[Finding]:
    table = seen.contents.table
    for check, count in seen.broken:
        label = f"{check.name}: " if check.name else ""
        message = f"{counted(count, 'row')} of {table} {'breaks' if count == 1 else 'break'} "
        message += f"{label}CHECK ({check.expression.line})"
        query = f"SELECT * FROM {table.sql} WHERE NOT ({check.expression.line})"
        advice = "correct these rows: a change of one would be refused"
        yield Finding("check-violations", Level.PROBLEM, table.text, message, advice, count, query)


def _beyond(subject: Subject, contents: Contents) -> Iterator[Finding]:
    table, rows = contents.table, contents.rows
    span = subject.limits.rows.get(table.key)
    if span is not None and not (span.least or 0) <= rows <= (rows if span.most is None else span.most):
        message = f"{table} has {counted(rows, 'row')}; the limit is {span.text}"
        yield Finding("rows", Level.PROBLEM, table.text, message, f"see what became of its rows, {_LIMIT}", rows)
    for column, count in contents.nulls:
        share = subject.limits.nulls.get(f"{table.key}.{column.key}")
        if share is not None and count > share.most * rows:
            label = f"{table}.{column}"
            have = "has" if count == 1 else "have"
            message = f"{counted(count, 'row')} of {rows:,} {have} no value in {label}; the limit is {share.text}"
            query = f"SELECT * FROM {table.sql} WHERE {column.sql} IS NULL"
            advice = f"see why these rows have none, {_LIMIT}"
            yield Finding("nulls", Level.PROBLEM, label, message, advice, count, query)


CHECK = Check("rows", _look)
