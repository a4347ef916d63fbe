"""cannot-carry: a column called true or false, in a rebuild that renames columns and reads their old names.

What an author's expression reads passes through a subquery that gives the columns their old names, and there SQLite
calls such a column ``column1`` (measured on 3.40 and 3.53): its name would find nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter
from reconcile.model.facts import Facts, Question
from reconcile.plan.hazards.rule import Rule
from reconcile.plan.mapping import BOOLEANS, speaks_of_old_names
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity

CODE = "cannot-carry"


def _questions(_: Scene) -> Iterator[Question]:
    return iter(())


def _hazards(scene: Scene, _: Facts) -> Iterator[Hazard]:
    rows = scene.rows
    if rows is None or not isinstance(scene.change, Alter) or not rows.old_names or not speaks_of_old_names(rows):
        return
    for column in rows.tables.old.columns:
        if rows.old_name(column.name).key in BOOLEANS:
            table = rows.tables.new.name
            message = f"SQLite cannot carry a column called {column.name} through a rename and an expression at once"
            ways = ("Apply the renames alone first, and the rest with the next apply.",)
            yield Hazard(CODE, Severity.BLOCKED, f"{table}.{column.name}", message, ways=ways)


RULE = Rule((CODE,), _questions, _hazards)
