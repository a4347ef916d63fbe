"""What a plan comes to: how much is added, changed and destroyed, and the one line that says so."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.diff.changes import Alter, Create, Drop, DropColumn, Replace
from reconcile.diff.compare import is_cosmetic
from reconcile.model.schema import Entry
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
    works = standing_alone(plan)
    altered = [work.change for work in works if isinstance(work.change, Alter)]
    dropped = sum(isinstance(edit, DropColumn) for change in altered for edit in change.edits)
    changed = {change.entries.new.name.key for change in altered if not _only_drops(change)}
    changed |= {pair.new.key for pair in plan.renames.tables} | {rename.table.key for rename in plan.renames.columns}
    return Counts(
        add=sum(isinstance(work.change, Create) for work in works),
        change=len(changed) + sum(isinstance(work.change, Replace) for work in works),
        destroy=dropped + sum(isinstance(work.change, Drop) for work in works),
    )


def along(plan: Plan) -> dict[tuple[bool, str], list[Entry]]:
    """Give the indexes and triggers that come (True) or go (False) only because their table does, by its name."""
    out: dict[tuple[bool, str], list[Entry]] = {}
    for work in plan.works:
        if isinstance(work.change, Create | Drop) and work.change.entry.kind.is_relation:
            out[isinstance(work.change, Create), work.change.entry.name.key] = []
    for work in plan.works:
        if isinstance(work.change, Create | Drop) and not work.change.entry.kind.is_relation:
            own = out.get((isinstance(work.change, Create), work.change.entry.table.key))
            if own is not None:
                own.append(work.change.entry)
    return out


def standing_alone(plan: Plan) -> list[Work]:
    """Give the works that a user would count: not what goes along, nor a mere order of columns."""
    carried = {id(entry) for own in along(plan).values() for entry in own}
    return [
        work
        for work in plan.works
        if not is_idle(work) and not (isinstance(work.change, Create | Drop) and id(work.change.entry) in carried)
    ]


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
