"""Consent on the command line: given by options, asked for at a terminal, or missing, with the lines to paste."""

from __future__ import annotations

from enum import Enum

from reconcile.api import Planned, Source
from reconcile.cli.out import Out
from reconcile.cli.shown import options
from reconcile.plan.steps import Plan, Severity
from reconcile.preview.paste import command
from reconcile.preview.printable import printable


class Standing(Enum):
    """Where consent to a plan stands."""

    GIVEN = "given"
    OPEN = "open"  # a person can be asked
    MISSING = "missing"


def standing(plan: Plan, *, yes: bool, can_ask: bool) -> Standing:
    """Say whether a plan may run: ``--yes`` is for what loses nothing, a loss is consented to by name."""
    if plan.blocked:
        return Standing.MISSING
    if plan.is_empty or (not plan.wanting and (yes or _named_everything(plan))):
        return Standing.GIVEN
    return Standing.OPEN if can_ask else Standing.MISSING


def asked(plan: Plan, out: Out) -> bool:
    """Ask the person at the terminal: for each loss its name, for a harmless plan a yes."""
    if not plan.wanting:
        return _is_yes(out.ask("Apply this? [y/N] "))
    for hazard in plan.wanting:
        name = printable(hazard.object)
        if out.ask(f"{hazard.code}: {hazard.message}. To go on, type its name, {name}: ") not in (name, hazard.object):
            return False
    return True


def to_create(source: Source, out: Out) -> bool:
    """Ask whether a database that is missing shall be created."""
    return out.is_interactive and _is_yes(out.ask(f"Create {source.database} as {source.schema} says? [y/N] "))


def refuse(planned: Planned, out: Out) -> None:
    """Say why a plan that could run does not: nobody was there to ask. A blocked one has said so itself."""
    if not (planned.plan.blocked or planned.plan.wanting):
        out.tell("error: nobody can be asked here, and nothing was changed")
        out.tell("  help: without a terminal apply needs --yes, --plan or a complete --allow")


def refuse_unasked(source: Source, out: Out) -> None:
    """Say that a missing database was not created."""
    line = command("apply", str(source.database), *options(source), "--create", "--yes")
    out.tell(f"error: {printable(str(source.database))} was not created: that wants a yes")
    out.tell(f"  help: {printable(line)}")


def _named_everything(plan: Plan) -> bool:
    return any(hazard.severity is Severity.CONSENT for hazard in plan.hazards)


def _is_yes(answer: str | None) -> bool:
    return answer is not None and answer.lower() in ("y", "yes")
