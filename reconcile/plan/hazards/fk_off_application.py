"""fk-off-application: the first foreign key of a database; SQLite enforces none unless every connection asks for it.

Said once: whoever has foreign keys already has decided about them.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import AddConstraint, Alter, Create
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import ForeignKey
from reconcile.plan.hazards.rule import Whole, WholeRule
from reconcile.plan.steps import Hazard, Severity
from reconcile.sql.create import Unreadable

CODE = "fk-off-application"
_MESSAGE = (
    "SQLite enforces foreign keys only on connections that say PRAGMA foreign_keys = ON: "
    "the application must say it on each"
)


def _hazards(whole: Whole) -> Iterator[Hazard]:
    added = next((entry for work in whole.works if (entry := _adds(work.change)) is not None), None)
    if added is not None and not _any(whole.schemas.old):
        yield Hazard(CODE, Severity.NOTE, added.name.text, _MESSAGE)


def _adds(change: object) -> Entry | None:
    match change:
        case Create(entry) if entry.kind is ObjectKind.TABLE and _has(entry):
            return entry
        case Alter(entries, _, edits):
            added = (edit.constraint for edit in edits if isinstance(edit, AddConstraint))
            return entries.new if any(isinstance(constraint, ForeignKey) for constraint in added) else None
        case _:
            return None


def _any(schema: Schema) -> bool:
    return any(_has(entry) for entry in schema.of_kind(ObjectKind.TABLE))


def _has(entry: Entry) -> bool:
    if "references" not in entry.sql.lower():
        return False
    try:
        return any(isinstance(constraint, ForeignKey) for constraint in read_table(entry).constraints)
    except Unreadable:
        return True


RULE = WholeRule((CODE,), _hazards)
