"""loosens, adds-nulls: what is allowed, and worth a line."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import AddColumn, Alter, ChangeNotNull, ChangePrimaryKey, ChangeStrict, DropConstraint
from reconcile.model.facts import Facts, HasRows, Question, RowCount
from reconcile.model.table import Check, Column, ForeignKey, Unique
from reconcile.plan.hazards.rule import Rule, count
from reconcile.plan.mapping import Origin
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.text import one_line


def _questions(scene: Scene) -> Iterator[Question]:
    if scene.rows is not None:
        yield HasRows(scene.rows.live)


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    table = scene.rows.tables.new.name
    for lost in _loosened(scene.change):
        yield Hazard("loosens", Severity.NOTE, table.text, f"{lost} is given up")
    has_rows = facts[HasRows(scene.rows.live)].count
    for edit in scene.change.edits:
        if not isinstance(edit, AddColumn) or not has_rows:
            continue
        mapped = scene.rows.column(edit.column.name)
        if mapped and mapped.origin is Origin.DEFAULT and mapped.expression == "NULL" and not edit.column.not_null:
            # Counted only where rows are passed over anyway: ADD COLUMN itself takes a millisecond.
            counted = facts.get(RowCount(scene.rows.live))
            get = count(counted.count, "row gets", "rows get") if counted else "rows that exist get"
            message = f"{get} NULL; to fill it:   {_filled(edit.column)}"
            yield Hazard("adds-nulls", Severity.NOTE, f"{table}.{edit.column.name}", message)


def _filled(column: Column) -> str:
    """Write the form that leaves no NULL. One DEFAULT for all rows suits no key, and no reference."""
    definition = one_line(column.definition)
    if "".join(definition.split()).lower() == "".join(column.type.split()).lower():
        return f"{column.name.sql}: {f'{definition} NOT NULL DEFAULT …'.lstrip()}"
    return f"{column.name.sql}: {{sql: …, using: …}}"


def _loosened(change: Alter) -> Iterator[str]:
    for edit in change.edits:
        match edit:
            case DropConstraint(constraint):
                match constraint:
                    case Unique():
                        yield f"UNIQUE ({', '.join(term.column.text for term in constraint.terms)})"
                    case Check():
                        yield f"CHECK ({constraint.expression.line})"
                    case ForeignKey():
                        yield f"the foreign key to {constraint.table}"
            case ChangeNotNull(columns, _) if columns.old.not_null and not columns.new.not_null:
                yield f"NOT NULL of {columns.new.name}"
            case ChangePrimaryKey(keys) if keys.old is not None and keys.new is None:
                yield "the PRIMARY KEY"
            case ChangeStrict(strict) if strict.old:
                yield "STRICT"
            case _:
                pass


RULE = Rule(("loosens", "adds-nulls"), _questions, _hazards)
