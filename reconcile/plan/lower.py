"""One altered table -> how it is done: by ALTER where SQLite can, else in the catalog where that is safe, else rebuilt.

ALTER and a catalog edit cost milliseconds, and a scan where rows must be looked at. One edit that needs a rebuild
takes all of its table along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

from reconcile.ddl import column_definition
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
    DropColumn,
    DropConstraint,
    Edit,
    RelabelColumn,
    ReorderColumns,
    RetypeColumn,
)
from reconcile.model.facts import Violations
from reconcile.model.pair import Pair
from reconcile.model.reading import mentions
from reconcile.model.schema import ObjectKind, Schema
from reconcile.model.table import Column, PrimaryKey, Table, Unique
from reconcile.plan import catalog, native, regenerated
from reconcile.plan.defaults import is_constant
from reconcile.plan.mapping import Origin
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Action, Method, Policy, Run
from reconcile.sql.clauses import Kind
from reconcile.sql.names import Name, fold, unquote


class Way(Enum):
    """How one edit can be made by itself."""

    IDLE = "idle"
    ALTER = "alter"
    CATALOG = "catalog"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of a table's rows: how many (None: not counted), and columns that may take values from a DEFAULT.

    `relying` is None where nobody has looked.
    """

    count: int | None
    is_empty: bool
    relying: frozenset[Name] | None


UNKNOWN = Rows(None, is_empty=False, relying=None)


@dataclass(frozen=True, slots=True)
class Lowered:
    """How a change is made: the actions, but for a rebuild; the edit that forces one; and why, where that is not plain.

    A rebuild's actions are its recipe's.
    """

    method: Method
    actions: tuple[Action, ...] = ()
    reason: Edit | None = None
    why: str | None = None


def default_questions(each: Scene) -> Iterator[tuple[Name, Violations]]:
    """Give the question, for every column whose DEFAULT changes, whether rows may take their value from it."""
    alter = each.change
    if not isinstance(alter, Alter) or each.rows is None:
        return
    for edit in alter.edits:
        if isinstance(edit, ChangeDefault) and edit.columns.old.generated is None:
            yield edit.columns.new.name, catalog.relying(each.rows, edit.columns.old)


def lower(each: Scene, rows: Rows, policy: Policy) -> Lowered:
    """Choose the cheapest safe way for the edits of a scene's table: ALTER, then a catalog edit, then a rebuild."""
    alter = each.change
    if not isinstance(alter, Alter):
        return Lowered(Method.NONE)
    ways = [(edit, _way(edit, each, alter, rows, policy)) for edit in alter.edits]
    altered = tuple(_runs(alter, rows.count))
    if all(way in (Way.IDLE, Way.ALTER) for _, way in ways):
        return Lowered(Method.IN_PLACE if altered else Method.NONE, altered)
    first = next((edit for edit, way in ways if way is Way.REBUILD), None)
    if first is None and each.engine.alters_constraints and not policy.rebuilds:
        own = native.runs(alter, rows.count, is_empty=rows.is_empty)
        if own is not None:
            return Lowered(Method.IN_PLACE, (*altered, *own))
    edited = next(edit for edit, way in ways if way in (Way.CATALOG, Way.REBUILD))
    refused = _refused(each, policy)
    if refused is not None:
        return Lowered(Method.REBUILD, reason=first or edited, why=None if first else refused)
    if rows.is_empty and not _restores(each):
        text = catalog.whole(alter)
        if text is not None:
            return Lowered(Method.CATALOG, catalog.edit_of_empty(each, alter, text))
    if first is not None:
        return Lowered(Method.REBUILD, reason=first, why=_why(first))
    text = catalog.fitting(alter)
    if text is None:
        return Lowered(Method.REBUILD, reason=edited, why="its keys would lie in another order")
    return Lowered(Method.CATALOG, (*altered, *catalog.edit(each, alter, text, rows.count or 0)))


def _refused(each: Scene, policy: Policy) -> str | None:
    """Say why no catalog is edited at all; None where it may be."""
    if policy.rebuilds:
        return "as asked for"
    if each.engine.is_defensive:
        return "the connection is in defensive mode"
    return None if each.engine.edits_its_catalog else f"SQLite {each.engine.text} edits no catalog safely"


def _why(edit: Edit) -> str | None:
    return "rows may take their value from it" if isinstance(edit, ChangeDefault) else None


def _restores(each: Scene) -> bool:
    return each.rows is not None and any(mapped.origin is Origin.RESTORED for mapped in each.rows.columns)


def _runs(alter: Alter, row_count: int | None) -> Iterator[Run]:
    table = alter.entries.new.name.quoted
    for edit in alter.edits:
        if isinstance(edit, DropColumn):
            yield Run(f"ALTER TABLE {table} DROP COLUMN {edit.column.name.quoted}", rows=row_count)
    for edit in alter.edits:
        if isinstance(edit, AddColumn):
            yield Run(f"ALTER TABLE {table} ADD COLUMN {column_definition(alter.tables.new, edit.column.name)}")


def _way(edit: Edit, each: Scene, alter: Alter, rows: Rows, policy: Policy) -> Way:
    match edit:
        case AddColumn(column, using):
            restored = _origin(each, column) is Origin.RESTORED
            fits = (using is None or rows.is_empty) and addable(column, alter.tables.new, rows.is_empty)
            return Way.ALTER if fits and not restored else Way.REBUILD
        case DropColumn(column):
            return Way.ALTER if _droppable(column, alter, each.schemas.new) else Way.REBUILD
        case AddConstraint(constraint):
            if _home_is(constraint.home, alter.edits, AddColumn):
                return Way.ALTER
            return Way.CATALOG if not isinstance(constraint, Unique) else Way.REBUILD
        case DropConstraint(constraint):
            if _home_is(constraint.home, alter.edits, DropColumn):
                return Way.ALTER
            return Way.CATALOG if not isinstance(constraint, Unique) else Way.REBUILD
        case ReorderColumns():
            return Way.REBUILD if policy.column_order else Way.IDLE
        case RetypeColumn(columns):
            strict = alter.tables.old.strict or alter.tables.new.strict
            same = columns.old.affinity.stored is columns.new.affinity.stored and not strict
            return Way.CATALOG if same and _keeps_bytes(each, columns.new) else Way.REBUILD
        case ChangeNotNull(columns):
            return Way.CATALOG if _keeps(each, columns.new) else Way.REBUILD
        case ChangeDefault(columns):
            fits = rows.relying is not None and columns.new.name not in rows.relying and _keeps(each, columns.new)
            return Way.CATALOG if fits else Way.REBUILD
        case ChangeCollation(columns):
            return Way.CATALOG if _keeps(each, columns.new) and not _computes_with(columns.new, alter) else Way.REBUILD
        case RelabelColumn():
            return Way.CATALOG
        case ChangePrimaryKey(keys):
            return Way.CATALOG if _same_key(keys) else Way.REBUILD
        case ChangeConstraint(constraints):
            old, new = constraints.old, constraints.new
            fits = not (isinstance(old, Unique) and isinstance(new, Unique) and old.terms != new.terms)
            return Way.CATALOG if fits else Way.REBUILD
        case ChangeGenerated(columns):
            fits = regenerated.stays_virtual(columns) and regenerated.editable(each, alter)
            return Way.CATALOG if fits else Way.REBUILD
        case ChangeStrict() | ChangeWithoutRowid():
            return Way.REBUILD
        case _:
            assert_never(edit)


def _origin(each: Scene, column: Column) -> Origin | None:
    mapped = each.rows.column(column.name) if each.rows is not None else None
    return mapped.origin if mapped is not None else None


def _keeps(each: Scene, column: Column) -> bool:
    """Say whether every row keeps the very value that it has in a column."""
    return _origin(each, column) in (Origin.KEPT, Origin.GENERATED)


def _keeps_bytes(each: Scene, column: Column) -> bool:
    """Say the same where the affinity changes, too: what INTEGER makes of a value, NUMERIC has made of it before."""
    return _keeps(each, column) or _origin(each, column) is Origin.CONVERTED


def _computes_with(column: Column, alter: Alter) -> bool:
    """Say whether a generated column reads this one: under another collation it may give another value."""
    own = frozenset({column.name.key})
    texts = [each.generated.expression.text for each in alter.tables.new.columns if each.generated is not None]
    return any(mentions(text, own) for text in texts)


def _same_key(keys: Pair[PrimaryKey | None]) -> bool:
    """Say whether two keys differ in name and conflict clause alone."""
    old, new = keys.old, keys.new
    return old is not None and new is not None and replace(old, name=new.name, on_conflict=new.on_conflict) == new


def _home_is(home: Name | None, edits: tuple[Edit, ...], kind: type[AddColumn | DropColumn]) -> bool:
    """Say whether a constraint comes or goes together with the column that it is written on."""
    return home is not None and any(isinstance(edit, kind) and edit.column.name == home for edit in edits)


def addable(column: Column, table: Table, empty: bool) -> bool:  # noqa: FBT001 - a fact about the table, not a mode
    """Say whether ALTER TABLE … ADD COLUMN takes this column (lang_altertable.html, section 4)."""
    text = next(c for c in table.text.columns if fold(unquote(c.name)) == column.name.key)
    kinds = {clause.kind for clause in text.clauses}
    if kinds & {Kind.PRIMARY_KEY, Kind.UNIQUE}:
        return False
    if empty:
        return True
    if column.generated is not None:
        return not column.generated.stored
    constant = column.default is None or is_constant(column.default.text)
    return constant and not (column.not_null and _is_null(column))


def _is_null(column: Column) -> bool:
    return column.default is None or column.default.key == ("null",)


def _droppable(column: Column, alter: Alter, target: Schema) -> bool:
    """Say whether nothing else in the table's text, or in its indexes, names the column."""
    table, own = alter.tables.old, frozenset({column.name.key})
    if table.primary_key and any(term.column == column.name for term in table.primary_key.terms):
        return False
    if any(isinstance(c, Unique) and c.home == column.name for c in table.constraints):
        return False
    others = [other.written for other in table.columns if other.name != column.name]
    others += [c.written for c in table.constraints if c.home is None]
    others += [e.sql for e in target.belonging_to(alter.entries.new.name) if e.kind is ObjectKind.INDEX]
    return not any(mentions(text, own) for text in others)
