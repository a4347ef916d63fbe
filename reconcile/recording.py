"""What the history keeps of a plan: all but the backup and the time, which only an apply knows."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Alter
from reconcile.history.ledger import Record, WayBack
from reconcile.model.fingerprint import fingerprint
from reconcile.model.hints import Hints
from reconcile.model.schema import Schema
from reconcile.plan.mapping import acts
from reconcile.plan.steps import Plan
from reconcile.river import Course
from reconcile.version import VERSION

Conversion = tuple[str, str, str | None, str | None]
"""Table, column, `using` and `undo`, as the history keeps them."""


def record_of(course: Course, after: Schema) -> Record:
    """Give what the history keeps of a plan, as a record without backup and time."""
    plan = course.plan
    return Record(
        description=_summary(plan, course),
        plan_id=plan.id or "",
        fingerprints=(fingerprint(plan.actual), fingerprint(after)),
        before=plan.actual,
        after=after,
        managed=course.desired.schema,
        hints=course.desired.labelled_hints,
        way_back=_way_back(plan, course.desired.hints),
        backup=None,
        seconds=0.0,
        reconcile_version=VERSION,
        sqlite_version=plan.engine.text,
        schema_digest=course.desired.digest,
    )


def _way_back(plan: Plan, hints: Hints) -> WayBack:
    """Note the renames that this plan does and the conversions, under the new names."""
    altered = [work.change for work in plan.works if isinstance(work.change, Alter)]
    conversions = [found for change in altered for found in _conversions(change, plan, hints)]
    return WayBack(
        tuple((pair.new.text, pair.old.text) for pair in plan.renames.tables),
        tuple((each.table.text, each.names.new.text, each.names.old.text) for each in plan.renames.columns),
        tuple(conversions),
        sensitive=hints.sensitive,
    )


def _conversions(change: Alter, plan: Plan, hints: Hints) -> Iterator[Conversion]:
    """Yield every column whose values may be others afterwards, however that is written in the schema file."""
    table = change.entries.new.name
    renamed = any(each.table == table for each in plan.renames.columns)
    for column in change.tables.new.columns:
        old, own = change.tables.old.column(column.name), hints.column(table, column.name)
        if old is None:
            continue
        if column.generated is not None:
            if old.generated is None:
                # Its text has the new names; over the backup, which has the old ones, it may mean something else.
                using = None if renamed else column.generated.expression.text
                yield table.text, column.name.text, using, None
            continue
        retyped = (old.type, old.affinity) != (column.type, column.affinity)
        if retyped or (own.using is not None and acts(old, column)):
            yield table.text, column.name.text, own.using, own.undo


def _summary(plan: Plan, course: Course) -> str:
    if not plan.steps:
        return "starting point" if course.managed_before is None else "taken under management"
    titles = [step.title for step in plan.steps if not step.title.startswith("put back")]
    shown = ", ".join(titles[:4])
    return shown if len(titles) <= 4 else f"{shown}, and {len(titles) - 4} more"
