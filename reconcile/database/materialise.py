"""Draft -> desired Schema: the text is compiled by SQLite itself, in memory, and read back by the same inspector.

What is read back must be exactly what was declared: a fragment may not smuggle another column or object in.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from reconcile.database.inspect import inspect
from reconcile.database.scratch import Prepare, Scratch, open_scratch
from reconcile.desired.draft import Draft, Fragment
from reconcile.errors import Problem, SchemaFileError
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import fold

_RANKS = {
    ObjectKind.TABLE: 0,
    ObjectKind.VIRTUAL: 1,
    ObjectKind.INDEX: 2,
    ObjectKind.VIEW: 3,
    ObjectKind.TRIGGER: 4,
}


def materialise(draft: Draft, prepare: Prepare | None = None) -> Schema:
    """Build a draft in memory; raise SchemaFileError with every mistake that SQLite or the read-back finds."""
    problems: list[Problem] = []
    with closing(open_scratch(prepare)) as scratch:
        scratch.connection.execute("BEGIN")
        fragments = sorted(draft.fragments, key=lambda fragment: _RANKS[fragment.kind])
        virtual = [_build(scratch, fragment, problems) for fragment in fragments]
        scratch.connection.execute("COMMIT")
        schema = inspect(scratch.connection)
        columns = _columns(scratch.connection)
    absent = tuple(entry for entry in virtual if entry is not None)
    if not problems:
        problems += _smuggled(draft, schema.with_entries((*schema.entries, *absent)), columns)
    if problems:
        raise SchemaFileError(tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column))))
    return _in_order(schema, absent)


def _build(scratch: Scratch, fragment: Fragment, problems: list[Problem]) -> Entry | None:
    """Create one object. A virtual table without its module is kept as text: SQLite cannot say what it means."""
    try:
        scratch.execute(fragment.sql)
    except sqlite3.Error as error:
        if fragment.kind is ObjectKind.VIRTUAL and "no such module" in str(error):
            return Entry(fragment.kind, fragment.name, fragment.name, fragment.sql)
        problems.append(fragment.blame(f"SQLite says: {error}"))
    except sqlite3.Warning as error:  # "You can only execute one statement at a time."
        problems.append(fragment.blame(f"SQLite says: {error}"))
    return None


def _smuggled(draft: Draft, schema: Schema, columns: dict[str, list[str]]) -> list[Problem]:
    """Compare what came out with what was declared. `columns` are those that SQLite itself reports, by table."""
    declared = {(fragment.kind is ObjectKind.TRIGGER, fragment.name.key) for fragment in draft.fragments}
    problems = []
    for entry in schema.entries:
        if entry.identity not in declared:
            # It came out of some fragment; all that can be said is that this name was never declared.
            message = f"{entry.kind.value} {entry.name} came out of this schema, but nothing declares it"
            problems.append(draft.fragments[0].blame(message))
    for fragment in draft.fragments:
        found = schema.find(fragment.kind, fragment.name)
        if found is None or found.table != fragment.table:
            problems.append(fragment.blame(f"this does not create the {fragment.kind.value} {fragment.name}"))
        elif fragment.columns is not None and fragment.kind is ObjectKind.TABLE:
            names = [column.key for column in fragment.columns]
            extra = [column for column in columns.get(fragment.name.key, []) if fold(column) not in names]
            if extra or len(names) != len(columns.get(fragment.name.key, [])):
                what = ", ".join(extra) or "fewer columns than declared"
                problems.append(fragment.blame(f"a definition adds columns that are not declared: {what}"))
    return problems


def _columns(connection: sqlite3.Connection) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    query = """SELECT m.name, x.name FROM sqlite_schema AS m JOIN pragma_table_xinfo(m.name) AS x
               WHERE m.type = 'table' AND m.rootpage > 0"""
    for table, column in connection.execute(query):
        out.setdefault(fold(table), []).append(column)
    return out


def _in_order(schema: Schema, absent: tuple[Entry, ...]) -> Schema:
    """Order the entries by kind and name: the order in which a file lists them may not change a plan."""
    entries = sorted((*schema.entries, *absent), key=lambda entry: (_RANKS[entry.kind], entry.name))
    return Schema(tuple(entries), schema.shadows)
