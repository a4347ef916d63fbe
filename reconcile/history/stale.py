"""Why a plan that was seen does not come out again: who did what since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from reconcile.history.ledger import Ledger, standing, versions
from reconcile.plan.steps import Plan
from reconcile.preview.saved import Origin, changed_between


@dataclass(frozen=True, slots=True)
class Seen:
    """The plan that was seen: its id, what it was made from where it was saved, and what time it is now."""

    plan_id: str
    saved: Origin | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The plan that came out instead, and the digest of the schema file that it was made from."""

    plan: Plan
    schema_digest: str


def why_stale(connection: sqlite3.Connection, ledger: Ledger, seen: Seen, found: Found) -> str:
    """Say what has changed since: against the saved plan, or else against the last version."""
    told = f"the plan is {found.plan.id} now, not {seen.plan_id}"
    ours = versions(connection, ledger)
    same = (each for each in reversed(ours) if each.plan_id == seen.plan_id and not each.rolled_back_at)
    done = next(same, None) if seen.plan_id else None
    if done is not None:
        return f"{told}: that one was applied already, as #{done.number}, at {_moment(done.applied_at, seen.now)}"
    reasons = tuple(_reasons(connection, ledger, seen, found))
    unknown = "the schema, the rows, the schema file or the options are not those of that plan"
    return f"{told}: {', and '.join(reasons) or unknown}"


def _reasons(connection: sqlite3.Connection, ledger: Ledger, seen: Seen, found: Found) -> Iterator[str]:
    saved, steps = seen.saved, standing(connection, ledger)
    since, lines = f"#{steps[0].version}" if steps else "", tuple[str, ...]()
    if steps:
        lines = changed_between(steps[0].after, found.plan.actual)
    if saved is not None:
        moment = _moment(saved.created_at, seen.now)
        newer = [f"#{each.number}" for each in versions(connection, ledger) if each.number > saved.at]
        if newer:
            # What reconcile itself did since is nobody else's doing.
            yield f"since {moment} {' and '.join(newer)} went into the history"
        else:
            since, lines = moment, saved.changes(found.plan.actual)
    if lines:
        yield f"since {since} {'; '.join(lines)}, not by reconcile"
    if saved is not None and saved.schema_digest != found.schema_digest:
        yield "the schema file was changed since"


def _moment(at: str, now: datetime) -> str:
    """Give a moment of UTC shortly: with its date only where it is another day."""
    today = now.astimezone(UTC).strftime("%Y-%m-%d") == at[:10]
    return f"{at[11:16] if today else at[:16]} UTC"
