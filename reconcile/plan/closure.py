"""The tables whose rows and foreign keys a plan could touch: what is counted before and after.

Counting takes as long as there are rows. Where only the catalog changes no row can go, and only the foreign keys that
a changed text is about can break.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import assert_never

from reconcile.diff.changes import (
    AddColumn,
    AddConstraint,
    Alter,
    ChangeCollation,
    ChangeConstraint,
    ChangeDefault,
    ChangeGenerated,
    ChangeNotNull,
    ChangePrimaryKey,
    ChangeStrict,
    ChangeWithoutRowid,
    Drop,
    DropColumn,
    DropConstraint,
    Edit,
    RelabelColumn,
    ReorderColumns,
    Replace,
    RetypeColumn,
)
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import ForeignKey, Unique
from reconcile.plan.steps import Method, Plan, Work
from reconcile.sql.create import Unreadable
from reconcile.sql.mentions import Sought
from reconcile.sql.names import Name


def closure(plan: Plan) -> tuple[Name, ...]:
    """Give the tables that are rewritten, renamed or dropped, those that point to them, and those they point to.

    They are called as they will be afterwards. A column's other name shows in the schema that is read back, and writes
    no row. A table's does too, but where two tables of one shape change names only their rows tell which is which.
    """
    touched = {work.change.entries.new.name for work in plan.works if isinstance(work.change, Alter) and _writes(work)}
    touched |= {work.change.entry.name for work in plan.works if isinstance(work.change, Drop)}
    touched |= {pair.new for pair in plan.renames.tables}
    near = touched | set(_children(plan.target, touched))
    for table in touched:
        entry = plan.target.find(ObjectKind.TABLE, table)
        near |= _parents(entry) if entry is not None else set()
    return tuple(sorted(near))


def checked(plan: Plan) -> tuple[Name, ...]:
    """Give the tables whose foreign keys are checked before and after, called as they will be afterwards."""
    altered = [work.change for work in plan.works if isinstance(work.change, Alter)]
    pointing = {change.entries.new.name for change in altered if _points_anew(change)}
    # A key compares as its parent does.
    compared = {c.entries.new.name for c in altered if any(isinstance(edit, ChangeCollation) for edit in c.edits)}
    return tuple(sorted({*closure(plan), *pointing, *_children(plan.target, compared)}))


def parted(plan: Plan) -> tuple[Name, ...]:
    """Give the tables that point, as before, to one that may lose the key that they need.

    A parent key needs its columns, and a unique index over them, or every write to the child fails.
    """
    changed: set[Name] = set()
    for work in plan.works:
        match work.change:
            case Alter(entries, _, edits) if any(map(_may_part, edits)):
                changed.add(entries.new.name)
            case Drop(entry) | Replace(Pair(old=entry)) if entry.kind is ObjectKind.INDEX:
                changed.add(entry.table)
            case _:
                pass
    anew = {c.entries.new.name for c in (w.change for w in plan.works) if isinstance(c, Alter) and _points_anew(c)}
    return tuple(name for name in _children(plan.target, changed) if name not in anew)


def _may_part(edit: Edit) -> bool:
    """Say whether an edit of a table may take away what foreign keys to it need."""
    match edit:
        case DropColumn() | ChangeCollation() | ChangePrimaryKey() | ChangeWithoutRowid():
            return True
        case DropConstraint(constraint):
            return isinstance(constraint, Unique)
        case ChangeConstraint(constraints):
            return isinstance(constraints.old, Unique)
        case (
            AddColumn()
            | AddConstraint()
            | RetypeColumn()
            | ChangeNotNull()
            | ChangeDefault()
            | ChangeGenerated()
            | RelabelColumn()
            | ChangeStrict()
            | ReorderColumns()
        ):
            return False
        case _:
            assert_never(edit)


def _points_anew(change: Alter) -> bool:
    """Say whether a table gets a foreign key, or one that looks elsewhere; its actions and its name find no row."""
    for edit in change.edits:
        match edit:
            case AddConstraint(ForeignKey()):
                return True
            case ChangeConstraint(Pair(old=ForeignKey() as old, new=ForeignKey() as new)):
                if (old.columns, old.table, old.parents) != (new.columns, new.table, new.parents):
                    return True
            case _:
                pass
    return False


def _writes(work: Work) -> bool:
    """Say whether rows of a table are written."""
    dropped = isinstance(work.change, Alter) and any(isinstance(edit, DropColumn) for edit in work.change.edits)
    return work.method is Method.REBUILD or dropped


def _children(schema: Schema, parents: AbstractSet[Name]) -> Iterator[Name]:
    """Yield the tables that point to one of these; no other is read."""
    sought = Sought(name.key for name in parents)
    for entry in schema.of_kind(ObjectKind.TABLE) if parents else ():
        if sought.among(entry.sql) and _parents(entry) & parents:
            yield entry.name


def _parents(entry: Entry) -> set[Name]:
    """Give the tables that a table points to."""
    if "references" not in entry.sql.lower():
        return set()
    try:
        table = read_table(entry)
    except Unreadable:
        return set()
    return {key.table for key in table.constraints if isinstance(key, ForeignKey)}
