"""drift: what differs between the database and its schema file."""

from __future__ import annotations

from reconcile.health.finding import Check, Finding, Level, Result, Subject
from reconcile.preview.paste import command
from reconcile.preview.summary import counts, stopping, version


def _look(subject: Subject) -> Result:
    heading, plan = subject.planned()
    if plan.is_empty:
        return Result(f"in sync with {heading.schema} ({version(heading)})")
    stops = stopping(plan)
    message = f"differs from {heading.schema}: {counts(plan)}{f'; {stops}' if stops else ''}"
    look = command("plan", heading.database, *heading.options)
    return Result(
        f"compared with {heading.schema}",
        (Finding("drift", Level.PROBLEM, heading.schema, message, f"look:   {look}"),),
    )


CHECK = Check("drift", _look)
