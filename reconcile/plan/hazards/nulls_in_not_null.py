"""nulls-in-not-null: a column is to be NOT NULL, and rows would hold NULL in it."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import AddColumn, Alter
from reconcile.model.facts import Facts, Question, Violations
from reconcile.model.reading import mentions
from reconcile.plan.defaults import is_constant
from reconcile.plan.hazards.rule import Rule, count
from reconcile.plan.mapping import KEY, Mapped, Mapping, Origin
from reconcile.plan.one_look import null_look
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.names import quote
from reconcile.sql.tokens import tokens

CODE = "nulls-in-not-null"


def _cases(scene: Scene) -> Iterator[tuple[Mapped, Violations]]:
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    rows = scene.rows
    for mapped in rows.columns:
        column = mapped.column
        was_not_null = mapped.old is not None and mapped.old.not_null and mapped.old.generated is None
        if not column.not_null:
            continue
        if mapped.origin is Origin.GENERATED:
            if _is_computed_anew(mapped, rows):
                yield mapped, _computed(mapped, rows)
            continue
        if mapped.origin in (Origin.KEPT, Origin.CONVERTED, Origin.ROWID) and was_not_null:
            continue
        if column.name == rows.tables.new.rowid_alias and mapped.origin is not Origin.USING:
            continue  # NULL in an INTEGER PRIMARY KEY becomes the next id; existing rowids are never NULL
        if _is_filled(mapped):
            continue
        look = null_look(rows, mapped)
        key = rows.key if look.source == rows.live_source else quote(KEY)
        show = f"SELECT * FROM {rows.readable_source} WHERE {mapped.expression} IS NULL"
        yield mapped, Violations(look.table, look.source, look.predicate, key, show)


def _is_computed_anew(mapped: Mapped, rows: Mapping) -> bool:
    old, new = mapped.old, mapped.column
    return old is None or not old.not_null or old.generated != new.generated or bool(rows.changed)


def _computed(mapped: Mapped, rows: Mapping) -> Violations:
    """Ask for the rows of which a generated column makes NULL."""
    table, column = rows.tables.new.name, mapped.column
    source = rows.next_source(table.text)
    predicate = f"{table.quoted}.{column.name.quoted} IS NULL"
    text = column.generated.expression.text if column.generated else "NULL"
    reads = [m for m in rows.columns if mentions(text, frozenset({m.column.name.key}))]
    shown = rows.shown_source(table.text, frozenset(m.column.name for m in reads))
    anew = any(m.origin is Origin.GENERATED and m.old != m.column for m in reads)
    show = f"SELECT * FROM {source} WHERE {predicate}" if anew else f"SELECT * FROM {shown} WHERE ({text}) IS NULL"
    return Violations(rows.live, source, predicate, quote(KEY), show)


def _is_filled(mapped: Mapped) -> bool:
    """Say whether a new column gets a literal that is not NULL: there is no row to look at."""
    default = mapped.column.default
    made = mapped.origin is Origin.DEFAULT and default is not None and is_constant(default.text)
    return made and not any(token.word == "NULL" for token in tokens(default.text if default else ""))


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
