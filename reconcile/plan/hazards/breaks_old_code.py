"""breaks-old-code: statements of the version that runs now would fail; which to deploy first is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from reconcile.diff.changes import (
    AddColumn,
    AddConstraint,
    Alter,
    ChangeConstraint,
    ChangeGenerated,
    ChangeNotNull,
    ChangePrimaryKey,
    ChangeStrict,
    Create,
    Drop,
    DropColumn,
    Replace,
)
from reconcile.model.reading import read_index
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Check, Constraint, ForeignKey, PrimaryKey, Table, Unique
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name

CODE = "breaks-old-code"
_CODE_FIRST = "Deploy code that does not, then apply."
_TOGETHER = "No order suits both versions: stop the old one, apply, start the new one."


@dataclass(slots=True)
class _Broken:
    """At what statements on one table fail. `together`: the new version fails before the apply as well."""

    names: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    together: bool = False


def _hazards(whole: Whole) -> Iterator[Hazard]:
    found: dict[Name, _Broken] = {}
    for pair in whole.renames.tables:
        if pair.new != pair.old:
            _at(found, pair.new, together=True).names.append(pair.old.text)
    for rename in whole.renames.columns:
        if rename.names.new != rename.names.old:
            _at(found, rename.table, together=True).names.append(rename.names.old.text)
    for work in whole.works:
        match work.change:
            case Drop(entry):
                if entry.kind.is_relation:
                    _at(found, entry.name).names.append(entry.name.text)
            case Alter():
                _altered(work.change, found)
            case Create(entry):
                _indexed(entry, whole, found)
            case Replace(entries):
                _indexed(entries.new, whole, found)
            case _:
                assert_never(work.change)
    for table, broken in found.items():
        named = [f"name {', '.join(broken.names)}"] if broken.names else []
        parts = [*named, *dict.fromkeys(broken.others)]
        fails = " or ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
        order = _TOGETHER if broken.together else _CODE_FIRST
        message = f"statements of the version that runs now will fail if they {fails}. {order}"
        yield Hazard(CODE, Severity.NOTE, table.text, message)


def _indexed(entry: Entry, whole: Whole, found: dict[Name, _Broken]) -> None:
    """Note an index that is to be unique, on a table that is there already."""
    if entry.kind is not ObjectKind.INDEX or whole.schemas.old.relation(entry.table) is None:
        return
    try:
        unique = read_index(entry).unique
    except Unreadable:
        return
    if unique:
        _at(found, entry.name).others.append("break this unique index")


def _at(found: dict[Name, _Broken], table: Name, *, together: bool = False) -> _Broken:
    broken = found.setdefault(table, _Broken())
    broken.together = broken.together or together
    return broken


def _altered(change: Alter, found: dict[Name, _Broken]) -> None:
    table = change.tables.new
    added = {edit.column.name for edit in change.edits if isinstance(edit, AddColumn)}
    for edit in change.edits:
        match edit:
            case DropColumn(column):
                _at(found, table.name).names.append(column.name.text)
            case AddColumn(column) if column.not_null and column.default is None and column.generated is None:
                if column.name != table.rowid_alias:
                    _at(found, table.name, together=True).others.append(f"leave out {column.name.text}")
            case ChangeNotNull(columns, _) if columns.new.not_null and not columns.old.not_null:
                _at(found, table.name).others.append(f"write NULL to {columns.new.name.text}")
            case ChangeGenerated(columns, _) if columns.new.generated and not columns.old.generated:
                _at(found, table.name).others.append(f"write to {columns.new.name.text}")
            case AddConstraint(constraint) if constraint.home not in added:
                _tightened(constraint, table, found)
            case ChangeConstraint(constraints):
                old, new = constraints.old, constraints.new
                if isinstance(old, Check) and isinstance(new, Check) and old.expression != new.expression:
                    _tightened(new, table, found)
            case ChangePrimaryKey(keys) if keys.new is not None and _unlike(keys.old, keys.new):
                columns_ = ", ".join(term.column.text for term in keys.new.terms)
                _at(found, table.name).others.append(f"break PRIMARY KEY ({columns_})")
            case ChangeStrict(strict) if strict.new:
                _at(found, table.name).others.append("write a value of another type than its column's")
            case _:
                pass


def _unlike(old: PrimaryKey | None, new: PrimaryKey) -> bool:
    """Say whether other rows than before would share a key."""
    bare = [{(term.column, term.collation) for term in key.terms} for key in (old, new) if key is not None]
    return len(bare) < 2 or bare[0] != bare[1]


def _tightened(constraint: Constraint, table: Table, found: dict[Name, _Broken]) -> None:
    match constraint:
        case Check():
            _at(found, table.name).others.append(f"break CHECK ({constraint.expression.line})")
        case Unique():
            columns = ", ".join(term.column.sql for term in constraint.terms)
            _at(found, table.name).others.append(f"break UNIQUE ({columns})")
        case ForeignKey():
            pass  # enforced only where the application asks for it: fk-off-application


RULE = WholeRule((CODE,), _hazards)
