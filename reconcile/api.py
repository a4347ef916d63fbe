"""The verbs, composed: what the command line and an application call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reconcile.plan.steps import Plan


@dataclass(frozen=True, slots=True)
class Source:
    """What to compare, and how: everything that shapes a plan.

    `schema` is a schema.yaml, a .sql file or another database. `allow` holds ``code:object`` and `drop`
    ``kind:object`` as the user writes them.
    """

    database: Path
    schema: Path
    allow: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    column_order: bool = False


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How an apply is to run. `wait` is in seconds; `plan_id` the id that must come out again, or None.

    `yes` answers the question for harmless plans only. `keep` None keeps every backup.
    """

    message: str | None = None
    yes: bool = False
    plan_id: str | None = None
    wait: float = 30.0
    create: bool = False
    backup: bool = True
    backup_dir: Path | None = None
    keep: int | None = None
    now: Callable[[], datetime] = field(default=datetime.now)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what the preview shows around it. `size` in bytes; `at` is the last version in the history."""

    plan: Plan
    source: Source
    size: int
    journal_mode: str
    at: int | None
    schema_digest: str
    existing_faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply did. `version` is None where nothing was done and nothing recorded. Times are in seconds."""

    planned: Planned
    version: int | None
    backup: Path | None
    seconds: float
    lock_seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One row of the history. `duration` in seconds; `backup` is relative to the database's folder."""

    number: int
    description: str
    applied_at: str
    rolled_back_at: str | None
    plan_id: str | None
    backup: str | None
    duration: float | None
    reconcile_version: str | None
    sqlite_version: str | None


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: what was put back, and where what was there is saved. Times in seconds."""

    database: Path
    backup: Path
    safety: Path | None
    seconds: float
