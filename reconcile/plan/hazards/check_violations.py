"""check-violations: rows that a CHECK constraint would refuse."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter
from reconcile.model.facts import Facts, Question, Violations
from reconcile.model.table import Check
from reconcile.plan.hazards.rule import Rule, count
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity

CODE = "check-violations"


def _cases(scene: Scene) -> Iterator[tuple[Check, Violations]]:
    if not isinstance(scene.change, Alter) or scene.rows is None:
        return
    rows, (old, new) = scene.rows, (scene.change.tables.old, scene.change.tables.new)
    known = {check.expression for check in old.constraints if isinstance(check, Check)}
    collated = {c.name for c in new.columns if (was := old.column(c.name)) and was.collation != c.collation}
    regenerated = {c.name for c in new.columns if (was := old.column(c.name)) and was.generated != c.generated}
    for check in new.constraints:
        if not isinstance(check, Check):
            continue
        if check.expression in known and not check.columns & (rows.changed | collated | regenerated):
            continue
        text = check.expression.text
        source = rows.next_source(new.name.text)
        predicate = f"NOT ({text}\n)"
        shown = rows.shown_source(new.name.text, check.columns)
        yield check, Violations(rows.live, source, predicate, '"#key"', f"SELECT * FROM {shown} WHERE NOT ({text})")


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
        ways = ("Fix the rows, then plan again.",)
        hidden = scene.sensitive(table, *check.columns)
        yield Hazard(CODE, Severity.BLOCKED, table.text, message, answer, question.show, ways, sensitive=hidden)


RULE = Rule((CODE,), _questions, _hazards)
