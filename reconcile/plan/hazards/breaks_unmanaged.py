"""breaks-unmanaged: a table that is nobody's has a foreign key to a table that would go.

Views and triggers that would break are found in rehearsal, by compiling them; a foreign key without its parent
compiles, and fails at the first write. So does a trigger whose UPDATE OF list names a column that goes: it never
fires (measured on 3.40 and 3.53).
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter, Drop, DropColumn
from reconcile.model.facts import Facts, Question
from reconcile.model.reading import read_body
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import ForeignKey
from reconcile.plan.hazards.rule import Rule
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.create import Unreadable

CODE = "breaks-unmanaged"


def _questions(_: Scene) -> Iterator[Question]:
    return iter(())


def _hazards(scene: Scene, _: Facts) -> Iterator[Hazard]:
    if isinstance(scene.change, Alter):
        yield from _never_fire(scene, scene.change)
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


def _never_fire(scene: Scene, alter: Alter) -> Iterator[Hazard]:
    """Find triggers that fire on the update of a column that goes, and would silently fire on it no more."""
    gone = {edit.column.name.key for edit in alter.edits if isinstance(edit, DropColumn)}
    for entry in scene.schemas.new.belonging_to(alter.entries.new.name) if gone else ():
        dead = sorted(gone & _listed(entry)) if entry.kind is ObjectKind.TRIGGER else []
        if not dead:
            continue
        on = f"UPDATE OF {', '.join(dead)}, which would go: it would not fire any more"
        if entry.name.key in scene.nobodys:
            message = f"trigger {entry.name} is not in the schema file, and is one on {on}"
            ways = (f"Drop it:   --drop trigger:{entry.name}", "or write it into the schema file as it should be.")
            yield Hazard(CODE, Severity.BLOCKED, entry.name.text, message, ways=ways)
        else:
            message = f"trigger {entry.name} of the schema file is one on {on}"
            yield Hazard("broken-object", Severity.BLOCKED, entry.name.text, message, ways=("Correct its definition.",))


def _listed(trigger: Entry) -> frozenset[str]:
    """Give the folded columns of a trigger's UPDATE OF list."""
    try:
        head = read_body(trigger).head.key
    except Unreadable:
        return frozenset()
    return frozenset(head[head.index("of") + 1 :]) if "of" in head[:3] else frozenset()


RULE = Rule((CODE, "broken-object"), _questions, _hazards)
