"""NOT NULL and CHECK by ALTER's own words (SQLite 3.53), as data: only where they make exactly what is wanted.

What they do beside that was measured on 3.53.4 (docs/decisions/005): a clause that goes takes the comments next to it
along; DROP CONSTRAINT takes the first clause of a name, and ADD refuses a name that any clause has; ADD CHECK takes a
row for which the check is NULL for one that breaks it, which SQLite itself never does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
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
    DropColumn,
    DropConstraint,
    Edit,
    RelabelColumn,
    ReorderColumns,
    RetypeColumn,
)
from reconcile.model.pair import Pair
from reconcile.model.table import Check, Column, Constraint, Table
from reconcile.plan.steps import Run
from reconcile.sql.clauses import CreateTable, Kind
from reconcile.sql.names import Name, fold, unquote
from reconcile.sql.tokens import all_tokens, tokens

_COMPARES = frozenset({*"( ) , = == <> != < > <= >= AND OR NOT IN IS BETWEEN TRUE FALSE".split()})
_LITERALS = ("string", "number", "blob")


@dataclass(frozen=True, slots=True)
class _Words:
    """What one edit takes: a clause that goes, and one that comes."""

    drops: str | None = None
    adds: str | None = None


def runs(alter: Alter, row_count: int | None, *, is_empty: bool) -> tuple[Run, ...] | None:
    """Give the ALTERs for all edits but added and dropped columns; None where one of them takes more than that."""
    words: list[_Words] = []
    for edit in alter.edits:
        found = _words(edit, alter, is_empty=is_empty)
        if found is None:
            return None
        words.append(found)
    table = f"ALTER TABLE {alter.entries.new.name.quoted}"
    drops = [Run(f"{table} {found.drops}") for found in words if found.drops]  # first: their names may come again
    adds = [Run(f"{table} {found.adds}", rows=row_count) for found in words if found.adds]  # each is a scan
    return (*drops, *adds)


def _words(edit: Edit, alter: Alter, *, is_empty: bool) -> _Words | None:
    text = alter.tables.old.text
    match edit:
        case AddColumn() | DropColumn() | ReorderColumns():
            return _Words()
        case AddConstraint(constraint) | DropConstraint(constraint) if _goes_along(constraint, alter):
            return _Words()
        case ChangeNotNull(columns):
            return _not_null(columns, text)
        case AddConstraint(Check() as check):
            return _Words(adds=f"ADD {check.written}") if _addable(check, alter, is_empty=is_empty) else None
        case DropConstraint(Check() as check):
            return _Words(drops=_dropping(check)) if _droppable(check, text) else None
        case ChangeConstraint(Pair(old=Check() as old, new=Check() as new)) if old.expression != new.expression:
            fits = _droppable(old, text) and _addable(new, alter, is_empty=is_empty)
            return _Words(_dropping(old), f"ADD {new.written}") if fits else None
        case (
            AddConstraint()
            | DropConstraint()
            | ChangeConstraint()
            | RetypeColumn()
            | ChangeDefault()
            | ChangeCollation()
            | ChangeGenerated()
            | RelabelColumn()
            | ChangePrimaryKey()
            | ChangeStrict()
            | ChangeWithoutRowid()
        ):
            return None
        case _:
            assert_never(edit)


def _goes_along(constraint: Constraint, alter: Alter) -> bool:
    """Say whether a constraint comes or goes with the column that it is written on."""
    columns = {each.column.name for each in alter.edits if isinstance(each, AddColumn | DropColumn)}
    return constraint.home in columns


def _not_null(columns: Pair[Column], text: CreateTable) -> _Words | None:
    old, new = columns.old, columns.new
    own = next(column for column in text.columns if fold(unquote(column.name)) == old.name.key)
    kinds = Counter(clause.kind for clause in own.clauses)
    column = f"ALTER COLUMN {new.name.quoted}"
    if new.not_null and not old.not_null and not kinds[Kind.NAME_ONLY]:  # a name alone would become that of NOT NULL
        conflict = "" if new.on_null == "ABORT" else f" ON CONFLICT {new.on_null}"
        return _Words(adds=f"{column} SET NOT NULL{conflict}")
    if old.not_null and not new.not_null and kinds[Kind.NOT_NULL] == 1 and not _has_comments(text.source):
        return _Words(drops=f"{column} DROP NOT NULL")
    return None


def _addable(check: Check, alter: Alter, *, is_empty: bool) -> bool:
    """Say whether ADD takes a check, and puts it where it is wanted: among the constraints of the table."""
    old, new = alter.tables.old, alter.tables.new
    clause = next((clause for clause in new.text.constraints if clause.span.of(new.text.source) == check.written), None)
    if clause is None or len(clause.names) > 1 or not (is_empty or _is_never_null(check, new)):
        return False
    if check.name is None:
        return True
    return _count(check.name, new.text) == 1 and _count(check.name, old.text) == (
        check.name in {*_names_that_go(alter)}
    )


def _droppable(check: Check, text: CreateTable) -> bool:
    return check.name is not None and _count(check.name, text) == 1 and not _has_comments(text.source)


def _dropping(check: Check) -> str | None:
    return f"DROP CONSTRAINT {check.name.quoted}" if check.name is not None else None


def _names_that_go(alter: Alter) -> Iterator[Name]:
    for edit in alter.edits:
        match edit:
            case DropConstraint(Check(name=Name() as gone)):
                yield gone
            case ChangeConstraint(Pair(old=Check(name=Name() as gone))):
                yield gone
            case _:
                pass


def _count(name: Name, text: CreateTable) -> int:
    """Count the clauses of a table that have a name: ALTER knows them by nothing else."""
    clauses = (*(clause for column in text.columns for clause in column.clauses), *text.constraints)
    return sum(fold(unquote(each)) == name.key for clause in clauses for each in clause.names)


@lru_cache(maxsize=8)  # a table of a thousand columns may lose as many clauses
def _has_comments(source: str) -> bool:
    return any(token.kind == "comment" for token in all_tokens(source))


def _is_never_null(check: Check, table: Table) -> bool:
    """Say whether a check compares nothing but literals and columns without NULLs, so that it is true or false."""
    filled = {column.name.key for column in table.columns if column.not_null or column.name == table.rowid_alias}
    nullable = {column.name.key for column in table.columns} - filled
    for token in tokens(check.expression.text):
        if token.kind in ("word", "quoted") and fold(unquote(token.text)) in nullable:
            return False
        known = token.kind in (*_LITERALS, "quoted") or fold(unquote(token.text)) in filled
        if not known and token.word not in _COMPARES:
            return False
    return True
