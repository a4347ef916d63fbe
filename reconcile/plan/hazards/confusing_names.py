"""reserved-or-confusing-name: a new name that will have to be quoted, or be taken for another, for years to come."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from reconcile.diff.changes import AddColumn, Alter, Create
from reconcile.model.reading import read_table
from reconcile.model.schema import ObjectKind
from reconcile.model.table import Column, Table
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.create import Unreadable
from reconcile.sql.names import RESERVED, Name

CODE = "reserved-or-confusing-name"
_VALUES = frozenset({"true", "false", "current_date", "current_time", "current_timestamp"})
_ROWIDS = frozenset({"rowid", "oid", "_rowid_"})


def _hazards(whole: Whole) -> Iterator[Hazard]:
    twins: set[frozenset[str]] = set()
    for found in _objects(whole):
        others = [entry.name for entry in whole.schemas.new.entries]
        reason = _of_any(found) or _of_object(found) or _alike(found, others, twins)
        if reason is not None:
            yield Hazard(CODE, Severity.NOTE, found.text, reason)
    for table, column in _columns(whole):
        others = [other.name for other in table.columns]
        reason = _of_any(column.name) or _of_column(column, table) or _alike(column.name, others, twins)
        if reason is not None:
            yield Hazard(CODE, Severity.NOTE, f"{table.name}.{column.name}", reason)


def _objects(whole: Whole) -> Iterator[Name]:
    yield from (pair.new for pair in whole.renames.tables if pair.new != pair.old)
    yield from (work.change.entry.name for work in whole.works if isinstance(work.change, Create))


def _columns(whole: Whole) -> Iterator[tuple[Table, Column]]:
    for work in whole.works:
        change = work.change
        if isinstance(change, Create) and change.entry.kind is ObjectKind.TABLE:
            try:
                table = read_table(change.entry)
            except Unreadable:
                continue
            yield from ((table, column) for column in table.columns)
        elif isinstance(change, Alter):
            added = (edit.column for edit in change.edits if isinstance(edit, AddColumn))
            yield from ((change.tables.new, column) for column in added)
    for rename in whole.renames.columns:
        entry = whole.schemas.new.find(ObjectKind.TABLE, rename.table)
        if entry is None or rename.names.new == rename.names.old:
            continue
        try:
            table = read_table(entry)
        except Unreadable:
            continue
        yield from ((table, column) for column in table.columns if column.name == rename.names.new)


def _of_any(found: Name) -> str | None:
    if found.text.upper() in RESERVED:
        return f"{found.text} is a word of SQL: it must stand in double quotes wherever it is written"
    return None


def _of_object(found: Name) -> str | None:
    if found.key.startswith("sqlite") or "autoindex" in found.key:
        return f"{found.text} looks like a name that SQLite gives itself"
    return None


def _of_column(column: Column, table: Table) -> str | None:
    key = column.name.key
    if key in _VALUES:
        return f"{column.name.text} without quotes is a value, and no column"
    if key in _ROWIDS and column.name != table.rowid_alias:
        return f"{column.name.text} hides the rowid of {table.name}, which has that name too"
    return None


def _alike(found: Name, others: list[Name], twins: set[frozenset[str]]) -> str | None:
    """Tell a name that looks like another, once for both."""
    other = next((name for name in others if name != found and _seen(name) == _seen(found)), None)
    if other is None or frozenset({found.key, other.key}) in twins:
        return None
    twins.add(frozenset({found.key, other.key}))
    return f"{found.text} and {other.text} look alike, and are two names to SQLite"


def _seen(found: Name) -> str:
    """Fold a name as people see it; SQLite folds the case of ASCII letters only."""
    return unicodedata.normalize("NFKC", found.text).casefold()


RULE = WholeRule((CODE,), _hazards)
