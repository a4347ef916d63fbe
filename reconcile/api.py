"""The verbs, composed: what the command line and an application call."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reconcile.apply.reporter import Reporter, Silent
from reconcile.applying import Order, carry_out
from reconcile.database import backup as backups
from reconcile.database import restore as restores
from reconcile.database.connection import open_reading
from reconcile.database.files import file_facts
from reconcile.database.inspect import inspect as read_schema
from reconcile.database.lock import begin_reading
from reconcile.errors import BlockedError, UsageError
from reconcile.history.ledger import Version, find, locate, versions
from reconcile.model.fingerprint import rows
from reconcile.model.schema import Schema
from reconcile.plan.steps import Plan
from reconcile.river import DEFAULT_HISTORY, Course, chart, load_desired, wishes
from reconcile.sql.names import name

__all__ = [
    "ApplyOptions",
    "Outcome",
    "Planned",
    "Restored",
    "Source",
    "Version",
    "apply",
    "backup",
    "check",
    "difference",
    "history",
    "inspect",
    "plan",
    "restore",
]

_READ_WAIT = 5.0  # seconds that a reading command waits for a lock


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
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


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
class Restored:
    """What a restore did: what was put back, and where what was there is saved. Times in seconds."""

    database: Path
    backup: Path
    safety: Path | None
    seconds: float


def plan(source: Source, *, reporter: Reporter | None = None) -> Planned:
    """Plan, reading only. Raises SchemaFileError, DatabaseFileError, DamagedError, BusyError, UsageError."""
    wished = wishes(source.allow, source.drop, column_order=source.column_order)
    desired = load_desired(source.schema)
    heard = reporter or Silent()
    with closing(open_reading(source.database, wait=_READ_WAIT)) as connection:
        begin_reading(connection, _READ_WAIT)
        course = chart(
            connection, desired, wished, progress=lambda done, total: heard.step_progress("reading rows", done, total)
        )
        facts = file_facts(connection, source.database)
        return _planned(source, course, facts.size, facts.journal_mode)


def check(source: Source) -> Planned:
    """Plan, to say in one line whether anything is to be done."""
    return plan(source)


def apply(source: Source, options: ApplyOptions, *, reporter: Reporter | None = None) -> Outcome:
    """Apply exactly the plan, or raise with the true state of the database in the error's `data`.

    Raises BlockedError (its `plan` is a `Planned`), StaleError, BusyError, VerificationError, FailedError,
    InterruptedByUserError, and what `plan` raises.
    """
    wished = wishes(source.allow, source.drop, column_order=source.column_order)
    desired = load_desired(source.schema)
    order = Order(
        database=source.database,
        desired=desired,
        wished=wished,
        message=options.message,
        plan_id=options.plan_id,
        wait=options.wait,
        create=options.create,
        backup=options.backup,
        backup_dir=options.backup_dir,
        keep=options.keep,
        now=options.now(),
    )

    def refused(course: Course) -> BlockedError:
        planned = _planned(source, course, _size(source.database), "")
        message = "the plan is blocked" if course.plan.blocked else "the plan needs consent"
        return BlockedError(message, plan=planned, hint="the lines to paste are in the plan")

    done = carry_out(order, reporter or Silent(), refused)
    planned = _planned(source, done.course, _size(source.database), "")
    return Outcome(planned, done.version, done.backup, done.seconds, done.lock_seconds, done.notes)


def inspect(database: Path, *, format: str = "yaml") -> str:  # noqa: A002 - as the command line's option
    """Give the live schema as schema.yaml, as SQL, or as JSON."""
    with closing(open_reading(database, wait=_READ_WAIT)) as connection:
        begin_reading(connection, _READ_WAIT)
        table = locate(connection) or name(DEFAULT_HISTORY)
        schema = read_schema(connection, find(connection, table).hidden)
    if format == "yaml":
        from reconcile.desired.dump import dump  # noqa: PLC0415 - yaml costs start-up time

        return dump(schema, history_table=table.text if table.text != DEFAULT_HISTORY else None)
    return _as_sql(schema) if format == "sql" else json.dumps({"format_version": 1, "entries": rows(schema.entries)})


def history(database: Path, number: int | None = None, *, history_table: str | None = None) -> tuple[Version, ...]:
    """Give the history, newest first; only the last `number` versions where that is given."""
    with closing(open_reading(database, wait=_READ_WAIT)) as connection:
        begin_reading(connection, _READ_WAIT)
        table = name(history_table) if history_table else locate(connection) or name(DEFAULT_HISTORY)
        found = versions(connection, find(connection, table))
    newest_first = tuple(reversed(found))
    return newest_first if number is None else newest_first[:number]


def backup(
    database: Path, file: Path | None = None, *, keep: int | None = None, reporter: Reporter | None = None
) -> Path:
    """Take a verified backup, to `file` or into ``backups`` beside the database; then keep the newest `keep`."""
    heard = reporter or Silent()

    def progress(done: int, total: int) -> None:
        heard.step_progress("backup", done, total)

    if file is not None:
        if keep is not None:
            raise UsageError("--keep goes with the default folder, not with a file of your own")
        return backups.take_to(database, file, progress=progress).path
    taken = backups.take(database, now=datetime.now(UTC), progress=progress)
    if keep is not None:
        backups.prune(taken.path.parent, database, keep)
    return taken.path


def restore(
    database: Path, backup: Path, *, wait: float = 30.0, now: datetime | None = None, reporter: Reporter | None = None
) -> Restored:
    """Put a backup back through SQLite itself, after a backup of what is there."""
    heard = reporter or Silent()
    done = restores.restore(
        database,
        backup,
        now=now or datetime.now(UTC),
        wait=wait,
        progress=lambda copied, total: heard.step_progress("restore", copied, total),
    )
    for fault in done.faults:
        heard.note(f"the backup holds a fault of its own: {fault}")
    return Restored(done.path, done.source, done.safety.path if done.safety else None, done.seconds)


def difference(old: Path, new: Path) -> Planned:
    """Compare any two of schema.yaml, .sql and .db: the plan that would lead from an empty-rowed `old` to `new`."""
    from reconcile.database.scratch import open_scratch  # noqa: PLC0415

    before, after = load_desired(old), load_desired(new)
    with closing(open_scratch()) as scratch:
        scratch.load(before.schema)
        scratch.connection.execute("BEGIN")
        going = tuple(
            f"{'table' if entry.kind.is_relation and entry.kind.value != 'view' else entry.kind.value}:{entry.name}"
            for entry in before.schema.entries
            if after.schema.get(entry) is None
        )
        course = chart(scratch.connection, after, wishes((), going, column_order=False))
    return _planned(Source(old, new), course, 0, "")


def _planned(source: Source, course: Course, size: int, journal_mode: str) -> Planned:
    return Planned(course.plan, source, size, journal_mode, course.at, course.desired.digest)


def _size(database: Path) -> int:
    try:
        return database.stat().st_size
    except OSError:
        return 0


def _as_sql(schema: Schema) -> str:
    return "".join(f"{entry.sql};\n" for entry in schema.entries)
