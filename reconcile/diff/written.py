"""A guard on every CREATE TABLE that is put together: read again, it must say what was asked for, and no more.

The text is made of pieces of two others. A clause that fell out on the way would be missing from the target too, and
nothing behind could see that: rehearsal and verification compare with the target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from reconcile.ddl import Keep
from reconcile.diff.candidates import Doubt, Expressions
from reconcile.errors import BugError
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry
from reconcile.model.table import Check, Column, Constraint, Table
from reconcile.sql.create import Unreadable
from reconcile.sql.text import SqlText


def proven_written(entry: Entry, tables: Pair[Table], keep: Keep, proven: frozenset[Doubt]) -> Entry:
    """Give the entry back; raise BugError unless it is `tables.new`, with what is kept of `tables.old`.

    Where SQLite reads an expression of both alike (`proven`), it may stand there in the old words.
    """
    try:
        written = read_table(entry)
    except Unreadable as error:
        found = [f"it cannot be read: {error.message}"]
    else:
        found = list(_differences(written, tables, keep, proven))
    if found:
        message = f"what was written for table {entry.name} is not what was asked for: {'; '.join(found)}"
        raise BugError(message, hint="please report this, with your schema; nothing was changed")
    return entry


def _differences(written: Table, tables: Pair[Table], keep: Keep, proven: frozenset[Doubt]) -> Iterator[str]:
    new = tables.new
    kept = [c for c in tables.old.columns if c.name in keep.columns and new.column(c.name) is None]
    wanted = [*new.columns, *kept]
    if written.name.text != new.name.text:
        yield f"its name is {written.name}"
    if [column.name.text for column in written.columns] != [column.name.text for column in wanted]:
        yield "its columns are others"
        return
    keys = frozenset(term.column for term in tables.old.primary_key.terms) if tables.old.primary_key else frozenset()
    for found, column in zip(written.columns, wanted, strict=True):
        # In a key, NOT NULL may be said by the table's options: those of the new table count.
        implied = column in kept and column.name in keys
        if (replace(found, not_null=column.not_null) if implied else found) != column:
            was = tables.old.column(column.name)
            if was is None or found != _in_old_words(column, was, new, proven):
                yield f"column {column.name}"
    yield from _constraints(written, tables, keep, proven)
    if written.primary_key != new.primary_key:
        yield "its primary key"
    if (written.strict, written.without_rowid) != (new.strict, new.without_rowid):
        yield "its options"
    if written.text.as_select != new.text.as_select:
        yield "its SELECT"


def _in_old_words(column: Column, was: Column, table: Table, proven: frozenset[Doubt]) -> Column:
    if column.default and was.default and _alike(None, Pair(_key(was.default), _key(column.default)), proven):
        column = replace(column, default=was.default)
    old, new = was.generated, column.generated
    if (
        old
        and new
        and old.stored == new.stored
        and _alike(table, Pair(str(old.expression), str(new.expression)), proven)
    ):
        column = replace(column, generated=old)
    return column


def _constraints(written: Table, tables: Pair[Table], keep: Keep, proven: frozenset[Doubt]) -> Iterator[str]:
    wanted = [*tables.new.constraints, *keep.constraints]
    too_much = list((Counter(written.constraints) - Counter(wanted)).elements())
    for constraint in (Counter(wanted) - Counter(written.constraints)).elements():
        twin = next((each for each in too_much if _stands_for(each, constraint, tables.new, keep, proven)), None)
        if twin is None:
            yield f"a constraint is missing: {constraint.written}"
        else:
            too_much.remove(twin)
    yield from (f"a constraint is too much: {constraint.written}" for constraint in too_much)


def _stands_for(found: Constraint, wanted: Constraint, table: Table, keep: Keep, proven: frozenset[Doubt]) -> bool:
    """Say whether another constraint is what was asked for: in the old words, or kept over a column that changed."""
    if wanted in keep.constraints:
        return type(found) is type(wanted) and found.written == wanted.written
    return (
        isinstance(found, Check)
        and isinstance(wanted, Check)
        and found.name == wanted.name
        and _alike(table, Pair(str(found.expression), str(wanted.expression)), proven)
    )


def _alike(table: Table | None, texts: Pair[str], proven: frozenset[Doubt]) -> bool:
    return Expressions(table.name if table else None, texts) in proven


def _key(text: SqlText) -> str:
    return " ".join(text.key)
