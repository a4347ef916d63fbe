"""What the doors take and give: values, with what a person or a program wants to know about them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reconcile.database.connection import Prepare
from reconcile.plan.steps import Plan
from reconcile.preview.heading import Heading
from reconcile.preview.saved import Origin
from reconcile.window import Window

SCHEMA = Path("schema.yaml")


@dataclass(frozen=True, slots=True)
class Source:
    """What to compare, and how: everything that shapes a plan.

    `schema` is a schema.yaml, a .sql file or another database. `allow` holds ``code:object`` and `drop`
    ``kind:object`` as the user writes them. `rebuilds` asks for a rebuild wherever the catalog would be edited.
    `prepare` is called with every connection that is opened.
    """

    database: Path
    schema: Path
    allow: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    column_order: bool = False
    rebuilds: bool = False
    prepare: Prepare | None = field(default=None, compare=False, repr=False)

    @property
    def options(self) -> tuple[str, ...]:
        """Every argument of the command line that shaped the plan, so that the same plan comes out again."""
        words = [] if self.schema == SCHEMA else ["--schema", str(self.schema)]
        words += [word for allowed in self.allow for word in ("--allow", allowed)]
        words += [word for dropped in self.drop for word in ("--drop", dropped)]
        words += ["--column-order"] if self.column_order else []
        words += ["--method", "rebuild"] if self.rebuilds else []
        return tuple(words)


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How an apply is to run. `wait` is in seconds; `plan_id` the id that must come out again, or None.

    `yes` answers the question for harmless plans only. `keep` None keeps every backup. `saved` is what a saved plan was
    made from, for whoever asks why it is stale. `integrity` has every page and index of the file checked, before and
    after: some 30 s per GB each, under the write lock.
    """

    message: str | None = None
    yes: bool = False
    plan_id: str | None = None
    wait: float = 30.0
    create: bool = False
    backup: bool = True
    backup_dir: Path | None = None
    keep: int | None = None
    saved: Origin | None = None
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    window: Window | None = None
    integrity: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what the preview shows around it; ``str(planned)`` is the preview itself.

    `size` is the database's in bytes; `at` the last version in its history; `schema_digest` the SHA-256 of the
    schema file; `plan` the plan as a value, with its steps, hazards and refusals.
    """

    plan: Plan
    source: Source
    size: int
    journal_mode: str
    at: int | None
    schema_digest: str
    existing_faults: tuple[str, ...] = ()

    @property
    def id(self) -> str | None:
        """The id by which this very plan can be applied, ``7c1e-a40b``; None where it is blocked."""
        return self.plan.id

    @property
    def in_sync(self) -> bool:
        """Whether there is nothing to do."""
        return self.plan.is_empty

    @property
    def blocked(self) -> tuple[str, ...]:
        """What no consent can help, as ``code:object``: fix the rows, or the schema file."""
        return self.plan.blocked

    @property
    def wanting(self) -> tuple[str, ...]:
        """What still wants consent, as the ``code:object`` that `allow` takes."""
        return tuple(f"{hazard.code}:{hazard.object}" for hazard in self.plan.wanting)

    def __str__(self) -> str:
        """Give the preview, as ``reconcile plan`` prints it."""
        from reconcile.preview.text import text  # noqa: PLC0415 - most callers never look

        return text(heading(self), self.plan)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply did.

    `planned` is the plan that was carried out; `version` its number in the history, None where nothing was done and
    nothing recorded; `backup` the file with the state before, None where none was taken. `seconds` is the whole of
    it, `lock_seconds` how long other writers had to wait; `notes` are things worth a line.
    """

    planned: Planned
    version: int | None
    backup: Path | None
    seconds: float
    lock_seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: what was put back, and where what was there is saved. Times in seconds."""

    database: Path
    backup: Path
    safety: Path | None
    seconds: float


def heading(planned: Planned) -> Heading:
    """Give what the preview shows around a plan."""
    source = planned.source
    return Heading(
        database=str(source.database),
        schema=str(source.schema),
        size=planned.size,
        journal_mode=planned.journal_mode,
        at=planned.at,
        schema_digest=planned.schema_digest,
        options=source.options,
        existing_faults=planned.existing_faults,
    )


def tamed(prepare: Prepare | None) -> Prepare | None:
    """Let an application's hook give a connection its functions, but not change how we talk to it.

    The scratch databases read rows by position, and a `row_factory` that makes dictionaries would end that.
    """
    if prepare is None:
        return None

    def prepared(connection: sqlite3.Connection) -> None:
        prepare(connection)
        if connection.in_transaction:
            connection.rollback()
        connection.isolation_level = None
        connection.row_factory = None
        connection.text_factory = str

    return prepared
