"""VIRTUAL columns with another expression: no row holds their values, so an edit of the catalog may do.

An index holds them, and is filled again. Where a STORED column, a key, a foreign key or a full-text table does, the
table is rebuilt.
"""

from __future__ import annotations

from reconcile.diff.changes import Alter, ChangeGenerated
from reconcile.model.pair import Pair
from reconcile.model.reading import mentions, read_index
from reconcile.model.schema import ObjectKind
from reconcile.model.table import Column, ForeignKey, Table, Unique
from reconcile.plan.full_text import outdated
from reconcile.plan.scene import Scene
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name


def stays_virtual(columns: Pair[Column]) -> bool:
    """Say whether a column is VIRTUAL before and after."""
    old, new = columns.old.generated, columns.new.generated
    return old is not None and new is not None and not (old.stored or new.stored)


def reached(alter: Alter) -> frozenset[Name]:
    """Give the columns that have other values afterwards: those with another expression, and all that read them."""
    changed = {edit.columns.new.name for edit in alter.edits if isinstance(edit, ChangeGenerated)}
    waiting = [each for each in alter.tables.new.columns if each.generated is not None] if changed else []
    for _ in waiting:  # each may read the one behind it
        keys = frozenset(name.key for name in changed)
        changed |= {each.name for each in waiting if each.generated and mentions(each.generated.expression.text, keys)}
    return frozenset(changed)


def editable(each: Scene, alter: Alter) -> bool:
    """Say whether no more than indexes must be filled again where the expressions of VIRTUAL columns change."""
    names, table = reached(alter), alter.tables.new
    if table.strict or alter.tables.old.strict or _kept_in_table(names, table):
        return False  # STRICT: the type is a promise about values that nobody looks at
    if each.rows is not None and any(outdated(each.schemas.new, (each.rows,))):
        return False
    keys = frozenset(name.key for name in names)
    indexes = (e for e in each.schemas.new.belonging_to(table.name) if e.kind is ObjectKind.INDEX)
    try:
        return not any(mentions(entry.sql, keys) and read_index(entry).unique for entry in indexes)
    except Unreadable:
        return False


def _kept_in_table(names: frozenset[Name], table: Table) -> bool:
    """Say whether a STORED column, a key or a foreign key of the table itself has one of these columns."""
    if any(each.generated is not None and each.generated.stored and each.name in names for each in table.columns):
        return True
    for constraint in table.constraints:
        match constraint:
            case Unique(terms) if names & {term.column for term in terms}:
                return True
            case ForeignKey(columns) if names & set(columns):
                return True
            case _:
                pass
    return False
