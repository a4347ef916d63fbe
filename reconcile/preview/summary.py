"""What a plan comes to: how much is added, changed and destroyed, and the one line that says so."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.diff.changes import Alter, Create, Drop, DropColumn, Replace
from reconcile.diff.compare import is_cosmetic
from reconcile.plan.steps import Method, Plan, Work
from reconcile.preview.heading import Heading
from reconcile.preview.paste import command


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things a plan adds, changes and destroys.

    What belongs to a table that is added or destroyed is not counted beside it; a column that is dropped counts,
    because values go with it.
    """

    add: int
    change: int
    destroy: int

    def __str__(self) -> str:
        """Give it as plans say it."""
        return f"{self.add} to add, {self.change} to change, {self.destroy} to destroy"


def counts(plan: Plan) -> Counts:
    """Count what a plan does."""
    works = [work for work in plan.works if not goes_along(work, plan)]
    altered = [work.change for work in works if isinstance(work.change, Alter) and not is_idle(work)]
    dropped = sum(isinstance(edit, DropColumn) for change in altered for edit in change.edits)
    changed = {change.entries.new.name.key for change in altered if not _only_drops(change)}
    changed |= {pair.new.key for pair in plan.renames.tables} | {rename.table.key for rename in plan.renames.columns}
    return Counts(
        add=sum(isinstance(work.change, Create) for work in works),
        change=len(changed) + sum(isinstance(work.change, Replace) for work in works),
        destroy=dropped + sum(isinstance(work.change, Drop) for work in works),
    )


def goes_along(work: Work, plan: Plan) -> bool:
    """Say whether an index or a trigger comes or goes only because its table does."""
    if not isinstance(work.change, Create | Drop) or work.change.entry.kind.is_relation:
        return False
    table = work.change.entry.table
    return any(
        type(other.change) is type(work.change)
        and isinstance(other.change, Create | Drop)
        and other.change.entry.kind.is_relation
        and other.change.entry.name == table
        for other in plan.works
    )


def is_idle(work: Work) -> bool:
    """Say whether nothing is done about a change: a mere order of columns."""
    return work.method is Method.NONE or (work.method is not Method.REBUILD and is_cosmetic(work.change))


def in_one_line(heading: Heading, plan: Plan) -> str:
    """Say in one line whether the database is in sync. The line is not made printable yet."""
    if plan.is_empty:
        return f"{heading.database} is in sync with {heading.schema} ({version(heading)})."
    stops = stopping(plan)
    more = f" {stops}." if stops else ""
    look = command("plan", heading.database, *heading.options)
    return f"{heading.database}: changes pending, {counts(plan)}.{more} Look:  {look}"


def stopping(plan: Plan) -> str:
    """Say how much is in the way: ``1 blocked, 1 needs consent``; nothing where nothing is."""
    parts = [f"{len(plan.blocked)} blocked"] if plan.blocked else []
    if plan.wanting:
        parts.append(f"{len(plan.wanting)} {'needs' if len(plan.wanting) == 1 else 'need'} consent")
    return ", ".join(parts)


def version(heading: Heading) -> str:
    """Name the last version in the history."""
    return f"#{heading.at}" if heading.at is not None else "no history"


def _only_drops(change: Alter) -> bool:
    return all(isinstance(edit, DropColumn) for edit in change.edits)
