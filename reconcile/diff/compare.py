"""Two schemas of the same names -> the changes between them. Renames are over by the time we come here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconcile.diff.changes import (
    AddColumn,
    AddConstraint,
    Alter,
    Change,
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
    Unread,
)
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.reading import read_body, read_index, read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Check, Column, Constraint, ForeignKey, Table, Unique
from reconcile.sql.alike import alike
from reconcile.sql.create import Unreadable


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes from one schema to another, and what could not be read."""

    changes: tuple[Change, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def is_cosmetic(self) -> bool:
        """Say whether nothing but the order of columns differs."""
        return not self.unread and all(is_cosmetic(change) for change in self.changes)


def is_cosmetic(change: Change) -> bool:
    """Say whether a change is only about the order of columns."""
    return isinstance(change, Alter) and all(isinstance(edit, ReorderColumns) for edit in change.edits)


def described(change: Change) -> str:
    """Say in a few words what a change is, for messages about our own mistakes."""
    match change:
        case Create(entry):
            return f"{entry.kind.value} {entry.name} is missing"
        case Drop(entry):
            return f"{entry.kind.value} {entry.name} is too much"
        case Replace(entries):
            return f"{entries.new.kind.value} {entries.new.name} is {entries.old.sql!r}, not {entries.new.sql!r}"
        case Alter(entries, _, edits):
            kinds = ", ".join(type(edit).__name__ for edit in edits)
            return f"table {entries.new.name} ({kinds}) is {entries.old.sql!r}, not {entries.new.sql!r}"


def compare(actual: Schema, target: Schema, hints: Hints) -> Difference:
    """Find the changes that lead from `actual` to `target`, in the order of `target`, drops last."""
    changes: list[Change] = []
    unread: list[Unread] = []
    schemas = Pair(actual, target)
    for new in target.entries:
        old = actual.get(new)
        if old is None:
            changes.append(Create(new))
        elif old.sql != new.sql or old.name.text != new.name.text:
            try:
                changes += _changed(Pair(old, new), hints, shared_columns(schemas, new))
            except Unreadable as error:
                unread.append(Unread(old, f"{error.message} (at character {error.offset + 1} of its stored text)"))
    changes += [Drop(old) for old in actual.entries if target.get(old) is None]
    return Difference(tuple(changes), tuple(unread))


def shared_columns(schemas: Pair[Schema], entry: Entry) -> frozenset[str]:
    """Give the folded columns of an index's table that are there before and after: what ``"x"`` certainly means."""
    if entry.kind is not ObjectKind.INDEX:
        return frozenset()
    tables = (schemas.old.find(ObjectKind.TABLE, entry.table), schemas.new.find(ObjectKind.TABLE, entry.table))
    try:
        old, new = ({column.name.key for column in read_table(table).columns} if table else set() for table in tables)
    except Unreadable:
        return frozenset()
    return frozenset(old & new)


def _changed(entries: Pair[Entry], hints: Hints, columns: frozenset[str]) -> Iterator[Change]:
    """Yield nothing where two texts mean the same."""
    if entries.new.kind is ObjectKind.TABLE:
        tables = Pair(read_table(entries.old), read_table(entries.new))
        edits = tuple(edits_between(tables, hints))
        if edits:
            yield Alter(entries, tables, edits)
    elif not means_the_same(entries, columns):
        yield Replace(entries)


def means_the_same(entries: Pair[Entry], columns: frozenset[str]) -> bool:
    """Say whether two texts make the same object by their tokens; `columns` are those of an index's table.

    That is proof enough; where they differ, they may still mean the same: see `candidates.py`.
    """
    old, new = entries.old, entries.new
    if same_words(entries):
        return True
    if old.name.text != new.name.text:
        return False
    match new.kind:
        case ObjectKind.TABLE:
            return read_table(old) == read_table(new)
        case ObjectKind.INDEX:
            return read_index(old, columns) == read_index(new, columns)
        case ObjectKind.VIEW | ObjectKind.TRIGGER | ObjectKind.VIRTUAL:
            return read_body(old) == read_body(new)


def same_words(entries: Pair[Entry]) -> bool:
    """Say whether two texts differ in layout at most; in a view, not in the layout that is a column's name."""
    old, new = entries.old, entries.new
    if old.sql == new.sql or new.kind is not ObjectKind.VIEW:
        return alike(old.sql, new.sql)
    return alike(old.sql, new.sql) and read_body(old).unnamed == read_body(new).unnamed


def edits_between(tables: Pair[Table], hints: Hints) -> Iterator[Edit]:
    """Yield the edits that make `tables.new` of `tables.old`, in the order of the new definition."""
    old, new = tables.old, tables.new
    for column in new.columns:
        hint = hints.column(new.name, column.name)
        was = old.column(column.name)
        if was is None:
            yield AddColumn(column, hint.using)
        else:
            yield from _column_edits(Pair(was, column), hint.using, hint.undo)
    yield from (DropColumn(column) for column in old.columns if new.column(column.name) is None)
    if old.primary_key != new.primary_key:
        yield ChangePrimaryKey(Pair(old.primary_key, new.primary_key))
    yield from _constraint_edits(old.constraints, new.constraints)
    if old.strict != new.strict:
        yield ChangeStrict(Pair(old.strict, new.strict))
    if old.without_rowid != new.without_rowid:
        yield ChangeWithoutRowid(Pair(old.without_rowid, new.without_rowid))
    yield from _reordering(old, new)


def _column_edits(columns: Pair[Column], using: str | None, undo: str | None) -> Iterator[Edit]:
    old, new = columns.old, columns.new
    if old.type != new.type:
        yield RetypeColumn(columns, using, undo)
    if (old.not_null, old.on_null) != (new.not_null, new.on_null):
        yield ChangeNotNull(columns, using if new.not_null and old.type == new.type else None)
    if old.default != new.default:
        yield ChangeDefault(columns)
    if old.collation != new.collation:
        yield ChangeCollation(columns)
    if old.generated != new.generated:
        yield ChangeGenerated(columns, using)
    if old.labels != new.labels:
        yield RelabelColumn(columns)


def _reordering(old: Table, new: Table) -> Iterator[Edit]:
    """Yield the reordering of the columns that both have: new ones in between are not a reordering."""
    kept = tuple(column.name for column in old.columns if new.column(column.name))
    wanted = tuple(column.name for column in new.columns if old.column(column.name))
    added = [column.name for column in new.columns if not old.column(column.name)]
    last = tuple(column.name for column in new.columns)[: len(wanted)]
    if kept != wanted or (added and last != wanted):
        yield ReorderColumns(Pair(kept, tuple(column.name for column in new.columns)))


def _constraint_edits(old: tuple[Constraint, ...], new: tuple[Constraint, ...]) -> Iterator[Edit]:
    gone = list(old)
    added: list[Constraint] = []
    for constraint in new:
        if constraint in gone:
            gone.remove(constraint)
        else:
            added.append(constraint)
    for constraint in added:
        twin = next((candidate for candidate in gone if _same_constraint(candidate, constraint)), None)
        if twin is None:
            yield AddConstraint(constraint)
        else:
            gone.remove(twin)
            yield ChangeConstraint(Pair(twin, constraint))
    yield from (DropConstraint(constraint) for constraint in gone)


def _same_constraint(old: Constraint, new: Constraint) -> bool:
    """Say whether `new` is `old` with another name, conflict clause, action or (where it is named) content."""
    if type(old) is not type(new):
        return False
    if old.name is not None and old.name == new.name:
        return True
    match old, new:
        case Unique(), Unique():
            return old.terms == new.terms
        case Check(), Check():
            return old.expression == new.expression
        case ForeignKey(), ForeignKey():
            return replace(old, name=None, actions=(), deferred=False) == replace(
                new, name=None, actions=(), deferred=False
            )
        case _:
            return False
