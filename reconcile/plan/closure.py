"""The tables whose rows and foreign keys a plan could touch: what is looked at before and after.

Looking takes as long as there are rows. Where only the catalog changes no row can go, and only the foreign keys that
a changed text is about can break.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
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
    Create,
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
from reconcile.model.table import ForeignKey, Table, Unique
from reconcile.plan.steps import Method, Plan, Work
from reconcile.sql.create import Unreadable
from reconcile.sql.mentions import Sought
from reconcile.sql.names import Name


@dataclass(frozen=True, slots=True)
class Looks:
    """What an apply looks at, by the names of after.

    The rows of `counted` tables are counted before and after, and the foreign keys of `checked` ones checked. Those of
    `anew` get a foreign key that they had not: checked after, for what they had points where it did. Of the foreign
    keys of `followed` tables it is enough that they are between the same columns of the same tables.
    """

    counted: tuple[Name, ...]
    checked: tuple[Name, ...]
    anew: tuple[Name, ...] = ()
    followed: tuple[Name, ...] = ()


def looks(plan: Plan) -> Looks:
    """Give what has to be looked at where a table can be told by its root page, whatever it is called.

    A rename then needs no look at a row: that its pages are the same is proven, and that what pointed to it still does.
    """
    near = _near(plan, frozenset())
    renamed = {pair.new for pair in plan.renames.tables}
    # A virtual table has no pages of its own.
    virtual = {table for table in renamed if plan.target.find(ObjectKind.VIRTUAL, table) is not None}
    altered = {c.entries.new.name: c for c in (work.change for work in plan.works) if isinstance(c, Alter)}
    related = renamed | set(_children(plan.target, renamed))
    keyed = {table for table, change in altered.items() if any(map(_is_about_a_key, change.edits))}
    checked_ = near | set(_compared(plan)) | {t for t in related if t in keyed or _captured(t, plan)}
    pointing = {table for table, change in altered.items() if _points_anew(change)} - checked_
    unclear = {table for table in pointing if _is_unclear(altered[table])}
    checked_ |= unclear
    return Looks(
        counted=tuple(sorted(near | virtual)),
        checked=tuple(sorted(checked_)),
        anew=tuple(sorted(pointing - unclear)),
        followed=tuple(sorted(related & {pair.new for pair in staying(plan)} - checked_)),
    )


def every_look(plan: Plan) -> Looks:
    """Give what is looked at where nothing tells which table is which but its rows."""
    anew = looks(plan).anew
    return Looks(closure(plan), tuple(table for table in checked(plan) if table not in anew), anew)


def staying(plan: Plan) -> Iterator[Pair[Name]]:
    """Yield the tables that stay in the pages where they lie, as they are called before and after."""
    made = {w.change.entries.new.name for w in plan.works if isinstance(w.change, Alter) and w.method is Method.REBUILD}
    made |= {work.change.entry.name for work in plan.works if isinstance(work.change, Create)}
    old = {pair.new: pair.old for pair in plan.renames.tables}
    for entry in plan.target.of_kind(ObjectKind.TABLE):
        before = old.get(entry.name, entry.name)
        if entry.name not in made and plan.actual.find(ObjectKind.TABLE, before) is not None:
            yield Pair(before, entry.name)


def known_keys(change: Alter) -> frozenset[tuple[tuple[Name, ...], Name]]:
    """Give the foreign keys, as columns and parent, that a table has as before: what they find is not our doing."""
    old = {key.target for key in _keys(change.tables.old)}
    return frozenset((key.columns, key.table) for key in _keys(change.tables.new) if key.target in old)


def closure(plan: Plan) -> tuple[Name, ...]:
    """Give the tables that are rewritten or renamed, those that point to them or lose a parent, and their parents.

    They are called as they will be afterwards. A column's other name shows in the schema that is read back, and writes
    no row. A table's does too, but where two tables of one shape change names only their rows tell which is which.
    """
    return tuple(sorted(_near(plan, frozenset(pair.new for pair in plan.renames.tables))))


def _near(plan: Plan, renamed: frozenset[Name]) -> set[Name]:
    """Give what is written or renamed, with its neighbours; and what points to a table that goes."""
    touched = {work.change.entries.new.name for work in plan.works if isinstance(work.change, Alter) and _writes(work)}
    touched |= renamed
    gone = {work.change.entry.name for work in plan.works if isinstance(work.change, Drop)}
    near = touched | set(_children(plan.target, touched | gone))
    for table in touched:
        entry = plan.target.find(ObjectKind.TABLE, table)
        near |= _parents(entry) if entry is not None else set()
    return near


def checked(plan: Plan) -> tuple[Name, ...]:
    """Give the tables whose foreign keys are checked before and after, called as they will be afterwards."""
    altered = [work.change for work in plan.works if isinstance(work.change, Alter)]
    pointing = {change.entries.new.name for change in altered if _points_anew(change)}
    return tuple(sorted({*closure(plan), *pointing, *_compared(plan)}))


def _compared(plan: Plan) -> Iterator[Name]:
    """Yield the tables whose foreign keys are compared otherwise from now on: as their parents are."""
    altered = [work.change for work in plan.works if isinstance(work.change, Alter)]
    changed = {c.entries.new.name for c in altered if any(isinstance(edit, ChangeCollation) for edit in c.edits)}
    return _children(plan.target, changed)


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
            case AddConstraint(ForeignKey() as key) if not _is_empty(key, change):
                return True
            case ChangeConstraint(Pair(old=ForeignKey() as old, new=ForeignKey() as new)):
                if old.target != new.target:
                    return True
            case _:
                pass
    return False


def _is_empty(key: ForeignKey, change: Alter) -> bool:
    """Say whether a column of a foreign key is new and NULL in every row: such a row points nowhere."""
    added = (edit for edit in change.edits if isinstance(edit, AddColumn) and edit.column.name in key.columns)
    return any(e.using is None and e.column.default is None and e.column.generated is None for e in added)


def _is_about_a_key(edit: Edit) -> bool:
    """Say whether a foreign key comes, goes, or changes in any way."""
    match edit:
        case AddConstraint(constraint) | DropConstraint(constraint):
            return isinstance(constraint, ForeignKey)
        case ChangeConstraint(constraints):
            return isinstance(constraints.new, ForeignKey)
        case _:
            return False


def _captured(table: Name, plan: Plan) -> bool:
    """Say whether a table points to a name that another table takes: ALTER lets that foreign key stand as it is.

    A name that its own table gives up first is no such: ALTER has written the foreign key anew by then.
    """
    live = plan.actual.find(ObjectKind.TABLE, plan.renames.old_table(table))
    given_up = {pair.old for pair in plan.renames.tables}
    taken = {pair.new for pair in plan.renames.tables} - given_up
    return live is not None and bool(_parents(live) & taken)


def _is_unclear(change: Alter) -> bool:
    """Say whether a new foreign key has the columns and the parent of one that was there: what is told fits both."""
    known = {(key.columns, key.table) for key in _keys(change.tables.old)}
    old = {key.target for key in _keys(change.tables.old)}
    return any((k.columns, k.table) in known for k in _keys(change.tables.new) if k.target not in old)


def _keys(table: Table) -> Iterator[ForeignKey]:
    return (constraint for constraint in table.constraints if isinstance(constraint, ForeignKey))


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
