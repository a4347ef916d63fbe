"""The verbs, composed: what the command line and an application call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from reconcile.apply.reporter import Reporter, Silent
from reconcile.database.connection import Prepare, open_reading, open_writing, translated
from reconcile.database.files import file_facts
from reconcile.database.inspect import inspect as read_schema
from reconcile.database.lock import begin_reading
from reconcile.errors import BlockedError, FailedError
from reconcile.history.ledger import Version, find, locate, versions
from reconcile.model.facts import A_FEW, Sample
from reconcile.model.schema import Schema
from reconcile.river import DEFAULT_HISTORY, Course, Wishes, chart, load_desired, wishes
from reconcile.sql.names import fold, name
from reconcile.values import ApplyOptions, Outcome, Planned, Restored, Source, tamed

if TYPE_CHECKING:
    from reconcile.backing_up import backup
    from reconcile.restoring import restorable, restore_version
    from reconcile.rollback import WayBack, standing_at

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
    "plan_rollback",
    "restorable",
    "restore",
    "restore_version",
    "rollback",
    "standing_at",
]

_T = TypeVar("_T")

_READ_WAIT = 5.0  # seconds that a reading command waits for a lock
_LAZY = {"backup": "backing_up", "restorable": "restoring", "restore_version": "restoring", "standing_at": "rollback"}


def __getattr__(name: str) -> object:
    """Import a verb of another room when it is first used: a plan needs nothing of what writes."""
    if name not in _LAZY:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import importlib  # noqa: PLC0415

    found: object = getattr(importlib.import_module(f"reconcile.{_LAZY[name]}"), name)
    globals()[name] = found
    return found


def plan(source: Source, *, sample: Sample = A_FEW, reporter: Reporter | None = None) -> Planned:
    """Plan, reading only; `sample` says what of the rows in the way is kept for eyes.

    Raises SchemaFileError, DatabaseFileError, DamagedError, BusyError, UsageError.
    """
    wished = _wishes(source)
    prepare = tamed(source.prepare)
    desired = load_desired(source.schema, prepare)
    heard = reporter or Silent()

    def progress(done: int, total: int) -> None:
        heard.step_progress("reading rows", done, total)

    with (
        translated(doing="read the database", path=source.database),
        closing(open_reading(source.database, prepare=prepare, wait=_READ_WAIT)) as connection,
    ):
        begin_reading(connection, _READ_WAIT)
        course = chart(connection, desired, wished, prepare_=prepare, progress=progress, sample=sample)
        facts = file_facts(connection, source.database)
        return _planned(source, course, facts.size, facts.journal_mode)


def _wishes(source: Source) -> Wishes:
    return wishes(source.allow, source.drop, column_order=source.column_order, rebuilds=source.rebuilds)


def after_settling(read: Callable[[], _T], database: Path, *, prepare: Prepare | None = None) -> _T:
    """Read, on behalf of a command that may write: what a dead process left unfinished is rolled back first.

    SQLite does that for any program that opens the file to write.
    """
    try:
        return read()
    except FailedError as error:
        if error.code != "unfinished-transaction":
            raise
        open_writing(database, prepare=prepare).close()
        return read()


def check(source: Source) -> Planned:
    """Plan, to say in one line whether anything is to be done."""
    return plan(source)


def apply(source: Source, options: ApplyOptions, *, reporter: Reporter | None = None) -> Outcome:
    """Apply exactly the plan, or raise with the true state of the database in the error's `data`.

    Raises BlockedError (its `plan` is a `Planned`), StaleError, BusyError, VerificationError, FailedError,
    InterruptedByUserError, and what `plan` raises.
    """
    from reconcile.applying import Order, carry_out  # noqa: PLC0415 - a plan needs nothing of what writes

    wished = _wishes(source)
    prepare = tamed(source.prepare)
    desired = load_desired(source.schema, prepare)
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
        window=options.window,
        integrity=options.integrity,
        prepare=prepare,
        saved=options.saved,
    )

    def refused(course: Course) -> BlockedError:
        planned = _planned(source, course, _size(source.database), "")
        message = "the plan is blocked" if course.plan.blocked else "the plan needs consent"
        return BlockedError(message, plan=planned, hint="the lines to paste are in the plan")

    done = carry_out(order, reporter or Silent(), refused)
    planned = _planned(source, done.course, _size(source.database), "")
    return Outcome(planned, done.version, done.backup, done.seconds, done.lock_seconds, done.notes)


def inspect(
    database: Path,
    *,
    format: str = "yaml",  # noqa: A002 - as the command line's option
    prepare: Prepare | None = None,
) -> str:
    """Give the live schema as schema.yaml, as SQL, or as JSON."""
    with closing(open_reading(database, prepare=prepare, wait=_READ_WAIT)) as connection:
        begin_reading(connection, _READ_WAIT)
        table = locate(connection) or name(DEFAULT_HISTORY)
        ledger = find(connection, table)
        schema = read_schema(connection, ledger.hidden)
    from reconcile.desired.written import written  # noqa: PLC0415 - yaml costs start-up time

    if ledger.foreign is not None and format == "yaml":
        # The application keeps something else under our name: the first change would be refused for it.
        return written(schema, format, _free(schema))
    return written(schema, format, table.text if ledger.exists and ledger.foreign is None else None)


def _free(schema: Schema) -> str:
    """Give a name for the history that nothing in the schema has."""
    names = chain(("schema_history",), (f"schema_history_{number}" for number in count(2)))
    return next(each for each in names if not {fold(each), f"{fold(each)}_reconcile"} & schema.names)


def history(
    database: Path,
    number: int | None = None,
    *,
    history_table: str | None = None,
    prepare: Prepare | None = None,
) -> tuple[Version, ...]:
    """Give the history, newest first; only the version `number` where that is given."""
    with closing(open_reading(database, prepare=prepare, wait=_READ_WAIT)) as connection:
        begin_reading(connection, _READ_WAIT)
        table = name(history_table) if history_table else locate(connection) or name(DEFAULT_HISTORY)
        found = versions(connection, find(connection, table))
    return tuple(version for version in reversed(found) if number in (None, version.number))


def restore(  # noqa: PLR0913 - a door: each is named where it is called
    database: Path,
    backup: Path,
    *,
    wait: float = 30.0,
    now: datetime | None = None,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Restored:
    """Put a backup back through SQLite itself, after a backup of what is there."""
    from reconcile.database import restore as restores  # noqa: PLC0415

    heard = reporter or Silent()
    done = restores.restore(
        database,
        backup,
        now=now or datetime.now(UTC),
        wait=wait,
        prepare=prepare,
        progress=lambda copied, total: heard.step_progress("restore", copied, total),
    )
    for fault in done.faults:
        heard.note(f"the backup holds a fault of its own: {fault}")
    return Restored(done.path, done.source, done.safety.path if done.safety else None, done.seconds)


def plan_rollback(
    database: Path,
    *,
    allow: tuple[str, ...] = (),
    over_rollbacks: bool = False,
    sample: Sample = A_FEW,
    prepare: Prepare | None = None,
) -> Planned:
    """Plan one step back: undo the last version that stands. Raises UsageError where nothing lies before it.

    A rollback can be rolled back; `over_rollbacks` passes over those, to go back further. `sample` says what
    of the rows in the way is kept for eyes.
    """
    from reconcile.rollback import chart_back  # noqa: PLC0415

    allowed = wishes(allow, (), column_order=True).policy.allowed
    course, back = chart_back(database, allowed, tamed(prepare), over_rollbacks=over_rollbacks, sample=sample)
    with closing(open_reading(database, prepare=tamed(prepare), wait=_READ_WAIT)) as connection:
        begin_reading(connection, _READ_WAIT)
        facts = file_facts(connection, database)
    return _planned(_source_of(database, back, allow), course, facts.size, facts.journal_mode)


def rollback(  # noqa: PLR0913 - a door: each is named where it is called
    database: Path,
    options: ApplyOptions,
    *,
    allow: tuple[str, ...] = (),
    over_rollbacks: bool = False,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Outcome:
    """Undo the last version that stands, keeping what was written since. Raises what `apply` raises."""
    from reconcile.applying import Order, carry_out  # noqa: PLC0415
    from reconcile.rollback import chart_back, wishes_back  # noqa: PLC0415

    allowed = wishes(allow, (), column_order=True).policy.allowed

    def charted() -> tuple[Course, WayBack]:
        return chart_back(database, allowed, tamed(prepare), over_rollbacks=over_rollbacks)

    _, back = after_settling(charted, database, prepare=prepare)
    source = _source_of(database, back, allow)
    order = Order(
        database=database,
        desired=back.desired,
        wished=wishes_back(allowed),
        message=options.message or f"roll back #{back.step.version}",
        plan_id=options.plan_id,
        wait=options.wait,
        create=False,
        backup=options.backup,
        backup_dir=options.backup_dir,
        keep=options.keep,
        now=options.now(),
        prepare=tamed(prepare),
        backwards=back.backwards,
        kept=back.kept,
        newest=back.newest,
    )

    def refused(course: Course) -> BlockedError:
        return BlockedError("the way back needs consent", plan=_planned(source, course, _size(database), ""))

    done = carry_out(order, reporter or Silent(), refused)
    planned = _planned(source, done.course, _size(database), "")
    return Outcome(planned, done.version, done.backup, done.seconds, done.lock_seconds, done.notes)


def _source_of(database: Path, back: WayBack, allow: tuple[str, ...]) -> Source:
    return Source(database, Path(f"the state before #{back.step.version}"), allow)


def difference(old: Path, new: Path, *, prepare: Prepare | None = None) -> Planned:
    """Compare any two of schema.yaml, .sql and .db: the plan that would lead from an empty-rowed `old` to `new`."""
    from reconcile.database.scratch import open_scratch  # noqa: PLC0415

    prepare = tamed(prepare)
    before, after = load_desired(old, prepare), load_desired(new, prepare)
    with closing(open_scratch(prepare)) as scratch:
        scratch.load(before.schema)
        scratch.connection.execute("BEGIN")
        going = tuple(
            f"{'table' if entry.kind.is_relation and entry.kind.value != 'view' else entry.kind.value}:{entry.name}"
            for entry in before.schema.entries
            if after.schema.get(entry) is None
        )
        course = chart(scratch.connection, after, wishes((), going, column_order=False), prepare_=prepare)
    return _planned(Source(old, new, prepare=prepare), course, 0, "")


def _planned(source: Source, course: Course, size: int, journal_mode: str) -> Planned:
    return Planned(course.plan, source, size, journal_mode, course.at, course.desired.digest, course.existing_faults)


def _size(database: Path) -> int:
    try:
        return database.stat().st_size
    except OSError:
        return 0
