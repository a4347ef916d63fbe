"""One look at the rows of a table answers all questions about them, and is not taken again by the proofs behind it.

Questions over one source are answered in one pass, so those about rows that stay as they are share theirs. What a plan
has found under the lock holds until a step writes to the table: the executor sees to that.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.model.facts import Look
from reconcile.plan.defaults import is_constant
from reconcile.plan.mapping import BOOLEANS, Mapped, Mapping, Origin
from reconcile.sql.names import Name

_COLUMNS = 2000  # of one result (limits.html, SQLITE_MAX_COLUMN)


def null_look(rows: Mapping, mapped: Mapped) -> Look:
    """Give the look for rows that would hold NULL in a column."""
    table, column = rows.tables.new.name, mapped.column.name
    # In a subquery a column called true loses its name.
    if mapped.origin is Origin.KEPT and _shares(rows) and column.key not in BOOLEANS:
        return Look(rows.live, rows.next_source(table.text), f"{table.quoted}.{column.quoted} IS NULL")
    return Look(rows.live, rows.live_source, f"{mapped.expression} IS NULL")


def broken_look(rows: Mapping, broken: str, columns: Iterable[Name]) -> Look | None:
    """Give the look for rows that break a CHECK over columns which stay as they are; None where one does not.

    A value that is stored anew, or that compares otherwise, has to be judged where it is.
    """
    found = [rows.column(column) for column in columns]
    if not all(mapped is not None and _stays(mapped) for mapped in found):
        return None
    return Look(rows.live, rows.next_source(rows.tables.new.name.text), broken)


def _stays(mapped: Mapped) -> bool:
    old, new = mapped.old, mapped.column
    same = old is not None and (old.affinity, old.collation) == (new.affinity, new.collation)
    return mapped.origin is Origin.KEPT and same


def _shares(rows: Mapping) -> bool:
    """Say whether the rows as they will be can be read whatever else is asked: no expression of the author's fails."""
    return len(rows.columns) < _COLUMNS and all(map(_is_sure, rows.columns))


def _is_sure(mapped: Mapped) -> bool:
    default = mapped.column.default
    made = mapped.origin is Origin.DEFAULT and (default is None or is_constant(default.text))
    return mapped.origin is Origin.KEPT or made
