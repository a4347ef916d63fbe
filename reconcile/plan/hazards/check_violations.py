"""check-violations: rows that a CHECK constraint would refuse."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter
from reconcile.model.facts import Facts, Question, Violations
from reconcile.model.table import Check
from reconcile.plan.hazards.rule import Rule, count, remedy, told
from reconcile.plan.mapping import KEY, Mapped, Origin
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.names import Name, name

CODE = "check-violations"
_COLUMNS = 2000  # of one result (limits.html, SQLITE_MAX_COLUMN)


def _cases(scene: Scene) -> Iterator[tuple[Check, Violations]]:
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    rows, (old, new) = scene.rows, (scene.change.tables.old, scene.change.tables.new)
    known = {check.expression for check in old.constraints if isinstance(check, Check)}
    collated = {c.name for c in new.columns if (was := old.column(c.name)) and was.collation != c.collation}
    regenerated = {c.name for c in new.columns if (was := old.column(c.name)) and was.generated != c.generated}
    asked = [
        check
        for check in new.constraints
        if isinstance(check, Check)
        and not (check.expression in known and not check.columns & (rows.changed | collated | regenerated))
    ]
    named = frozenset(column for check in asked for column in check.columns)
    origins = (Origin.USING, Origin.DEFAULT, Origin.CONVERTED, Origin.RESTORED)
    made = tuple(m for m in rows.columns if m.origin in origins and m.column.name in named)
    if len(rows.columns) + len(made) >= _COLUMNS:
        made = ()  # no room to look at the very values beside those that the columns hold
    for check in asked:
        text, alias = check.expression.text, new.name
        predicate, source = f"NOT ({text}\n)", rows.next_source(alias.text, _very_values(made))
        if any(mapped.column.name in check.columns for mapped in made):
            predicate = _judged(predicate, check, made, alias)
        # Only beside a text does the affinity matter that a CAST lends; to what is no number a CAST does harm.
        shown = (rows.shown_source if "'" in text else rows.shown_held_source)(alias.text, check.columns)
        show = f"SELECT * FROM {shown} WHERE NOT ({text})"
        held = told((column.sql, column.quoted) for column in sorted(check.columns))
        yield check, Violations(rows.live, source, predicate, f'"{KEY}"', show, values=held)


def _very_values(made: tuple[Mapped, ...]) -> tuple[str, ...]:
    return tuple(f"{mapped.held} AS {_very(mapped).quoted}" for mapped in made if mapped.expression != "NULL")


def _very(mapped: Mapped) -> Name:
    return name(f"#{mapped.column.name.text}")


def _judged(predicate: str, check: Check, made: tuple[Mapped, ...], table: Name) -> str:
    """Judge values that do not fit their column as what they are: nothing but STRICT refuses them.

    The CAST that lends a column's affinity makes 0 of 'abc', for which no CHECK may be blamed.
    """
    own = [mapped for mapped in made if mapped.column.name in check.columns and mapped.expression != "NULL"]
    fits = " AND ".join(f"typeof({_very(m).quoted}) = typeof({m.column.name.quoted})" for m in own) or "1"
    others = [c for c in sorted(check.columns) if c not in {mapped.column.name for mapped in own}]
    values = [f"{_very(m).quoted} AS {m.column.name.quoted}" for m in own]
    values += [f"{table.quoted}.{column.quoted} AS {column.quoted}" for column in others]
    very = f"(SELECT {predicate} FROM (SELECT {', '.join(values)}) AS {table.quoted})" if values else predicate
    return f"CASE WHEN {fits} THEN {predicate} ELSE {very} END"


def _questions(scene: Scene) -> Iterator[Question]:
    return (question for _, question in _cases(scene))


def _hazards(scene: Scene, facts: Facts) -> Iterator[Hazard]:
    for check, question in _cases(scene):
        answer = facts[question]
        if not answer.count or scene.rows is None:
            continue
        table = scene.rows.tables.new.name
        label = f"{check.name}: " if check.name else ""
        message = f"{count(answer.count, 'row breaks', 'rows break')} {label}CHECK ({check.expression.line})"
        ways = (remedy(check.columns, scene.rows),)
        hidden = scene.sensitive(table, *check.columns)
        yield Hazard(CODE, Severity.BLOCKED, table.text, message, answer, question.show, ways, sensitive=hidden)


RULE = Rule((CODE,), _questions, _hazards)
