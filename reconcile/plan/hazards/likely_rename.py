"""likely-rename, by its values: a new column would hold, in every row, what a column that goes holds.

What looks renamed by its name or its place is found without the rows, in diff/pairing.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.diff.changes import AddColumn, Alter, DropColumn
from reconcile.model.facts import Facts, Question, Violations
from reconcile.model.table import Column
from reconcile.plan.hazards.drops import held
from reconcile.plan.hazards.rule import Rule
from reconcile.plan.mapping import Mapped, Origin, is_volatile
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity

CODE = "likely-rename"


@dataclass(frozen=True, slots=True)
class _Case:
    """A new column and one that goes: in how many rows they differ, and how many hold anything."""

    new: Column
    old: Column
    differs: Violations
    holds: Violations


def _cases(scene: Scene) -> Iterator[_Case]:
    if not isinstance(scene.change, Alter) or scene.rows is None or scene.decided is None:
        return
    rows, edits = scene.rows, scene.change.edits
    table = rows.tables.old.name.key
    gone = [edit.column for edit in edits if isinstance(edit, DropColumn) and edit.column.generated is None]
    gone = [column for column in gone if f"column:{table}.{column.name.key}" not in scene.decided]
    for edit in edits:
        mapped = rows.column(edit.column.name) if isinstance(edit, AddColumn) else None
        if mapped is None or not _has_values(mapped):
            continue
        if scene.hints.column(rows.tables.new.name, mapped.column.name).renamed_from is not None:
            continue
        for old in gone:
            was = f"was.{rows.old_name(old.name).quoted}"
            predicate = f"(+{mapped.value} COLLATE BINARY) IS NOT (+{was} COLLATE BINARY)"
            differs = Violations(rows.live, rows.live_source, predicate, rows.key, "")
            yield _Case(mapped.column, old, differs, held(old, rows))


def _has_values(mapped: Mapped) -> bool:
    """Say whether rows that exist get values of the author's making, and the same ones tomorrow."""
    if mapped.origin not in (Origin.USING, Origin.DEFAULT) or mapped.expression in (None, "NULL"):
        return False
    return not is_volatile(mapped.expression or "")


def _questions(scene: Scene) -> Iterator[Question]:
    for case in _cases(scene):
        yield case.differs
        yield case.holds


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    for case in _cases(scene):
        differs = facts[case.differs]
        if scene.rows is None or differs.count or differs.error is not None or not facts[case.holds].count:
            continue
        table, new, old = scene.rows.tables.new.name, case.new.name, case.old.name
        message = f"{table}.{new} is new and {old} goes, and in every row they hold the same: is it {old}, renamed?"
        ways = (
            f"If it is a rename, in schema.yaml:   {new.sql}: {{sql: …, renamed_from: {old}}}",
            f"If {old} may go:   --allow drop-column:{table}.{old}",
        )
        yield Hazard(CODE, Severity.BLOCKED, f"{table}.{new}", message, ways=ways)


RULE = Rule((CODE,), _questions, _hazards)
