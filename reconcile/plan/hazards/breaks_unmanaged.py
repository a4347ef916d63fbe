"""breaks-unmanaged: a table that is nobody's has a foreign key to a table that would go.

Views and triggers that would break are found in rehearsal, by compiling them; a foreign key without its parent
compiles, and fails at the first write.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Drop
from reconcile.model.facts import Facts, Question
from reconcile.model.schema import ObjectKind
from reconcile.model.table import ForeignKey
from reconcile.plan.hazards.rule import Rule
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity

CODE = "breaks-unmanaged"


def _questions(_: Scene) -> Iterator[Question]:
    return iter(())


def _hazards(scene: Scene, _: Facts) -> Iterator[Hazard]:
    if not isinstance(scene.change, Drop) or scene.change.entry.kind is not ObjectKind.TABLE:
        return
    gone = scene.change.entry.name
    for entry in scene.schemas.new.of_kind(ObjectKind.TABLE):
        if entry.name.key not in scene.nobodys or "references" not in entry.sql.lower():
            continue
        table = scene.target_table(entry.name)
        if table and any(isinstance(key, ForeignKey) and key.table == gone for key in table.constraints):
            message = f"table {table.name} is not in the schema file, and has a foreign key to {gone}, which would go"
            ways = (f"Drop it too:   --drop table:{table.name}", f"or write {table.name} into the schema file.")
            yield Hazard(CODE, Severity.BLOCKED, table.name.text, message, ways=ways)


RULE = Rule((CODE,), _questions, _hazards)
