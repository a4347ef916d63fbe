"""One altered table -> how it is done: in place where SQLite can, else one rebuild. ALTER costs milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from reconcile.model.reading import mentions
from reconcile.model.schema import ObjectKind, Schema
from reconcile.model.table import Column, Table, Unique
from reconcile.plan.mapping import Origin
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Method, Policy, Run
from reconcile.sql.clauses import Kind
from reconcile.sql.names import Name, fold, unquote
from reconcile.sql.tokens import tokens


@dataclass(frozen=True, slots=True)
class Lowered:
    """How a change is made: the statements of an in-place change, or the edit that forces a rebuild."""

    method: Method
    runs: tuple[Run, ...] = ()
    reason: Edit | None = None


def lower(each: Scene, target: Schema, row_count: int, policy: Policy) -> Lowered:
    """Choose the cheapest safe way for the edits of a scene's table."""
    alter = each.change
    if not isinstance(alter, Alter):
        return Lowered(Method.NONE)
    restored = {m.column.name for m in each.rows.columns if m.origin is Origin.RESTORED} if each.rows else set()
    for edit in alter.edits:
        if isinstance(edit, AddColumn) and edit.column.name in restored:
            return Lowered(Method.REBUILD, reason=edit)
    for edit in alter.edits:
        if not _in_place(edit, alter, target, row_count, policy):
            return Lowered(Method.REBUILD, reason=edit)
    runs = tuple(_runs(alter, row_count))
    return Lowered(Method.IN_PLACE if runs else Method.NONE, runs)


def _runs(alter: Alter, row_count: int) -> Iterator[Run]:
    table = alter.entries.new.name.quoted
    for edit in alter.edits:
        if isinstance(edit, DropColumn):
            yield Run(f"ALTER TABLE {table} DROP COLUMN {edit.column.name.quoted}", rows=row_count)
    for edit in alter.edits:
        if isinstance(edit, AddColumn):
            yield Run(f"ALTER TABLE {table} ADD COLUMN {column_definition(alter.tables.new, edit.column.name)}")


def _in_place(edit: Edit, alter: Alter, target: Schema, row_count: int, policy: Policy) -> bool:
    match edit:
        case AddColumn(column, using):
            return (using is None or row_count == 0) and addable(column, alter.tables.new, row_count == 0)
        case DropColumn(column):
            return _droppable(column, alter, target)
        case AddConstraint(constraint):
            return _home_is(constraint.home, alter.edits, AddColumn)
        case DropConstraint(constraint):
            return _home_is(constraint.home, alter.edits, DropColumn)
        case ReorderColumns():
            return not policy.column_order
        case (
            RetypeColumn()
            | ChangeNotNull()
            | ChangeDefault()
            | ChangeCollation()
            | ChangeGenerated()
            | RelabelColumn()
            | ChangePrimaryKey()
            | ChangeConstraint()
            | ChangeStrict()
            | ChangeWithoutRowid()
        ):
            return False
        case _:
            assert_never(edit)


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
    constant = column.default is None or _is_constant(column.default.text)
    return constant and not (column.not_null and _is_null(column))


def _is_null(column: Column) -> bool:
    return column.default is None or column.default.key == ("null",)


def _is_constant(text: str) -> bool:
    """Say whether a default is one literal, signed or in parentheses perhaps: SQLite adds no other in place."""
    found = [token for token in tokens(text) if token.text not in ("(", ")", "+", "-")]
    if len(found) != 1:
        return False
    words = ("CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP")
    return (
        found[0].kind in ("number", "string", "blob")
        or found[0].word in ("NULL", "TRUE", "FALSE")
        or (found[0].kind in ("word", "quoted") and found[0].word not in words and not text.lstrip().startswith("("))
    )


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
