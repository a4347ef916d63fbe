"""The tables whose rows and foreign keys a plan could touch: what is counted before and after."""

from __future__ import annotations

from reconcile.diff.changes import Alter, Drop
from reconcile.model.reading import read_table
from reconcile.model.schema import ObjectKind, Schema
from reconcile.model.table import ForeignKey
from reconcile.plan.steps import Plan
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name


def closure(plan: Plan) -> tuple[Name, ...]:
    """Give the tables that are altered, renamed or dropped, those that point to them, and those they point to.

    They are called as they will be afterwards.
    """
    touched = {work.change.entries.new.name for work in plan.works if isinstance(work.change, Alter)}
    touched |= {work.change.entry.name for work in plan.works if isinstance(work.change, Drop)}
    touched |= {pair.new for pair in plan.renames.tables}
    touched |= {rename.table for rename in plan.renames.columns}
    near = set(touched)
    for entry in plan.target.of_kind(ObjectKind.TABLE):
        parents = _parents(plan.target, entry.name)
        if entry.name in touched:
            near |= parents
        elif parents & touched:
            near.add(entry.name)
    return tuple(sorted(near))


def _parents(schema: Schema, name: Name) -> set[Name]:
    entry = schema.find(ObjectKind.TABLE, name)
    if entry is None or "references" not in entry.sql.lower():
        return set()
    try:
        table = read_table(entry)
    except Unreadable:
        return set()
    return {key.table for key in table.constraints if isinstance(key, ForeignKey)}
