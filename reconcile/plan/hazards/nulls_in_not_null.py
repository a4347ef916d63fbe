"""nulls-in-not-null: a column is to be NOT NULL, and rows would hold NULL in it."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import AddColumn, Alter
from reconcile.model.facts import Facts, Question, Violations
from reconcile.plan.hazards.rule import Rule, count
from reconcile.plan.mapping import Mapped, Origin
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity

CODE = "nulls-in-not-null"


def _cases(scene: Scene) -> Iterator[tuple[Mapped, Violations]]:
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    rows = scene.rows
    for mapped in rows.columns:
        column = mapped.column
        was_not_null = mapped.old is not None and mapped.old.not_null and mapped.old.generated is None
        if not column.not_null or mapped.origin is Origin.GENERATED:
            continue
        if mapped.origin in (Origin.KEPT, Origin.CONVERTED, Origin.ROWID) and was_not_null:
            continue
        if column.name == rows.tables.new.rowid_alias and mapped.origin is not Origin.USING:
            continue  # NULL in an INTEGER PRIMARY KEY becomes the next id; existing rowids are never NULL
        predicate = f"{mapped.expression} IS NULL"
        show = f"SELECT * FROM {rows.readable_source} WHERE {predicate}"
        yield mapped, Violations(rows.live, rows.live_source, predicate, rows.key, show)


def _questions(scene: Scene) -> Iterator[Question]:
    return (question for _, question in _cases(scene))


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    for mapped, question in _cases(scene):
        answer = facts[question]
        if not answer.count or scene.rows is None:
            continue
        table, column = scene.rows.tables.new.name, mapped.column.name
        ways: tuple[str, ...] = ("Fix the rows, then plan again.",)
        message = f"{count(answer.count, 'row')} would hold NULL in {table}.{column}"
        if mapped.origin is Origin.DEFAULT:
            added = any(isinstance(e, AddColumn) and e.column.name == column for e in _edits(scene))
            ways = (
                f"Say what rows that exist get:   {column.sql}: {{sql: {mapped.column.definition}, using: …}}",
                "or give the column a DEFAULT that is not NULL.",
            )
            if added:
                message = f"{table}.{column} is NOT NULL without a default, and there are {count(answer.count, 'row')}"
        elif mapped.origin is Origin.USING:
            message = f"`using` gives NULL for {count(answer.count, 'row')} of {table}.{column}, which is NOT NULL"
            ways = ("Let `using` give a value for these rows too, or fix the rows.",)
        object_ = f"{table}.{column}"
        hidden = scene.sensitive(table, column)
        yield Hazard(CODE, Severity.BLOCKED, object_, message, answer, question.show, ways, sensitive=hidden)


def _edits(scene: Scene) -> tuple[object, ...]:
    return scene.change.edits if isinstance(scene.change, Alter) else ()


RULE = Rule((CODE,), _questions, _hazards)
