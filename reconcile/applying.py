"""Apply: lock, plan again, back up, execute, verify, record, commit - or leave everything as it was, and say so."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from reconcile.apply.executor import execute, session, telling
from reconcile.apply.reporter import Reporter
from reconcile.apply.verify import SupposedError, before, refuse_new, verify
from reconcile.database.backup import prune, take
from reconcile.database.connection import Prepare, open_writing, translate
from reconcile.database.disk import Backups
from reconcile.database.inspect import inspect
from reconcile.database.integrity import integrity_faults
from reconcile.database.lock import begin_immediate, begin_reading, commit
from reconcile.database.scratch import open_scratch
from reconcile.diff.changes import Alter
from reconcile.errors import (
    BlockedError,
    DataState,
    FailedError,
    InterruptedByUserError,
    ReconcileError,
    StaleError,
)
from reconcile.history.ledger import WayBack, find, mark_undone, record, standing
from reconcile.history.stale import Found, Seen, why_stale
from reconcile.model.facts import Question
from reconcile.model.fingerprint import fingerprint
from reconcile.model.schema import Schema
from reconcile.plan.cost import lock_seconds
from reconcile.plan.planner import Prepared, nothing_later, provable_later
from reconcile.plan.restoration import SCHEMA
from reconcile.plan.steps import Plan
from reconcile.preview.saved import Origin
from reconcile.preview.units import counted, size
from reconcile.recording import Conversion, record_of
from reconcile.river import Backwards, Course, Desired, Wishes, chart
from reconcile.window import Window, held_back


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be applied, and how. `wait` is in seconds; `plan_id` must come out again, and consents by that.

    For a way back: `backwards`, `kept`, the backup to attach, and `newest`, the version that stood when it was found.
    For a saved plan: `saved`, what it was made from.
    `integrity` asks for an integrity_check before and after.
    """

    database: Path
    desired: Desired
    wished: Wishes
    message: str | None
    plan_id: str | None
    wait: float
    create: bool
    backup: bool
    backup_dir: Path | None
    keep: int | None
    now: datetime
    prepare: Prepare | None = None
    backwards: Backwards | None = None
    kept: Path | None = None
    newest: int | None = None
    saved: Origin | None = None
    window: Window | None = None
    integrity: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What was done. `version` is None where nothing was recorded; seconds are wall time."""

    course: Course
    version: int | None
    backup: Path | None
    seconds: float
    lock_seconds: float
    notes: tuple[str, ...]


def carry_out(order: Order, reporter: Reporter, blocked: Callable[[Course], BlockedError]) -> Done:
    """Apply; raise with the true state of the database in the error's `data` wherever it does not end well."""
    started = time.monotonic()
    if order.create and not os.path.lexists(order.database):
        _would_run(order, blocked)
    connection = open_writing(order.database, prepare=order.prepare, create=order.create, wait=order.wait)
    state: list[str] = []
    try:
        with session(connection):
            attach(connection, order.kept)
            begin_immediate(connection, order.wait)
            # What is in the way is asked for before a backup: a refusal leaves none.
            later = nothing_later if order.backup else provable_later
            moment = _Moment(started, time.monotonic(), blocked, state, later)
            try:
                return _locked(order, connection, reporter, moment)
            except SupposedError as supposed:
                reporter.note(f"{supposed.message}: rolled back, and planned again with all rows asked about")
                connection.execute("ROLLBACK")
                connection.execute("PRAGMA writable_schema = RESET")  # no schema of the attempt may be remembered
                state.clear()
                begin_immediate(connection, order.wait)
                return _locked(order, connection, reporter, replace(moment, later=nothing_later))
    except (ReconcileError, sqlite3.Error, KeyboardInterrupt) as error:
        raise _settled(error, connection, order, state) from error
    finally:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        connection.close()


def _would_run(order: Order, blocked: Callable[[Course], BlockedError]) -> None:
    """Refuse what would be refused before a file is created: taking it away again could race with who opened it."""
    with closing(open_scratch(order.prepare)) as scratch:
        scratch.connection.execute("BEGIN")
        course = chart(scratch.connection, order.desired, order.wished, prepare_=order.prepare)
        if course.plan.blocked or (order.plan_id is None and course.plan.wanting):
            raise blocked(course)


@dataclass(frozen=True, slots=True)
class _Moment:
    """When it began, and when the lock was ours; how to refuse; the fingerprint before, once we write.

    `later` gives the questions that are put off until the change is made.
    """

    started: float
    locked: float
    blocked: Callable[[Course], BlockedError]
    state: list[str]
    later: Callable[[Prepared], frozenset[Question]]


def _locked(order: Order, connection: sqlite3.Connection, reporter: Reporter, moment: _Moment) -> Done:
    wished, backups = order.wished, Backups(order.backup_dir, taken=order.backup)
    course = chart(
        connection,
        order.desired,
        wished,
        prepare_=order.prepare,
        backwards=order.backwards,
        backups=backups,
        later=moment.later,
    )
    plan = course.plan
    if order.newest is not None:
        _still_newest(order.newest, connection, course)
    _consented(order, connection, course, moment)
    if not plan.steps and order.backwards is None:
        return _nothing_to_do(order, connection, course, moment)
    backup = _back_up(order, plan, reporter)
    was = before(connection, plan)
    faults = _checked_whole(connection, reporter) if order.integrity else None
    moment.state.append(fingerprint(plan.actual))
    execute(connection, plan, order.database, reporter)
    checking = time.monotonic()
    reporter.step_started("verify", None)
    with telling(connection, reporter, "verify"):
        notes = verify(connection, plan, was, order.desired.hints, course.ledger.hidden)
    proven = "schema equal, foreign keys ok, every kept value equal"
    reporter.step_finished("verify", None, time.monotonic() - checking, proven)
    if faults is not None:
        refuse_new(faults, _checked_whole(connection, reporter))
    version = _record(order, connection, course, backup, moment)
    if order.backwards is not None:
        for undone in order.backwards.undone:
            mark_undone(connection, course.ledger, undone, order.now)
    commit(connection, order.wait)
    ended = time.monotonic()
    if backup is not None and order.keep is not None:
        prune(backup.parent, order.database, order.keep, taken=backup)
    return Done(course, version, backup, ended - moment.started, ended - moment.locked, notes)


def _checked_whole(connection: sqlite3.Connection, reporter: Reporter) -> frozenset[str]:
    started = time.monotonic()
    reporter.step_started("integrity", None)
    with telling(connection, reporter, "integrity"):
        found = integrity_faults(connection)
    reporter.step_finished("integrity", None, time.monotonic() - started, counted(len(found), "fault"))
    return found


def attach(connection: sqlite3.Connection, kept: Path | None) -> None:
    """Attach a backup for reading, before any transaction: SQLite attaches nothing inside one."""
    if kept is not None:
        # immutable: a backup is never written, and reading it may leave no file beside it.
        uri = f"{kept.resolve().as_uri()}?mode=ro&immutable=1"
        connection.execute(f"ATTACH ? AS {SCHEMA}", (uri,))


def _still_newest(newest: int, connection: sqlite3.Connection, course: Course) -> None:
    """Refuse a way back from a version that is no longer the newest: two at once would both undo the same one."""
    now = next((step.version for step in standing(connection, course.ledger)), 0)
    if now != newest:
        message = f"#{newest} was the version to start from, and another program has made it #{now} meanwhile"
        raise StaleError(message, hint="look at reconcile history, and roll back again if it is still wanted")


def _consented(order: Order, connection: sqlite3.Connection, course: Course, moment: _Moment) -> None:
    """Refuse a plan that is blocked, that is not the one that was seen, or whose hazards nobody named."""
    plan = course.plan
    if plan.blocked:
        raise moment.blocked(course)
    if order.plan_id is not None:
        if plan.id != order.plan_id:
            seen = Seen(order.plan_id, order.saved, order.now)
            why = why_stale(connection, course.ledger, seen, Found(plan, course.desired.digest))
            raise StaleError(why, hint="plan again, and read what is different")
    elif plan.wanting:
        raise moment.blocked(course)
    held = held_back(order.window, lock_seconds(plan), order.now)
    if held is not None:
        raise held


def _nothing_to_do(order: Order, connection: sqlite3.Connection, course: Course, moment: _Moment) -> Done:
    """Record the starting point, or what has come under management; otherwise leave the file alone."""
    known = course.managed_before
    version = None
    changed = known is None or _names(known) != _names(course.desired.schema)
    if changed and course.ledger.foreign is None:
        version = _record(order, connection, course, None, moment)
        commit(connection, order.wait)
    else:
        connection.execute("ROLLBACK")
    ended = time.monotonic()
    return Done(course, version, None, ended - moment.started, ended - moment.locked, course.plan.notes)


def _names(schema: Schema) -> frozenset[tuple[bool, str]]:
    return frozenset(entry.identity for entry in schema.entries)


def _back_up(order: Order, plan: Plan, reporter: Reporter) -> Path | None:
    """Take the backup under our lock and before our first write: it is exactly the state before."""
    if not order.backup or not plan.actual.entries:
        return None
    started = time.monotonic()
    reporter.step_started("backup", None)
    taken = take(
        order.database,
        now=order.now,
        folder=order.backup_dir,
        wait=order.wait,
        progress=lambda done, total: reporter.step_progress("backup", done, total),
        prepare=order.prepare,
    )
    for fault in taken.faults:
        reporter.note(f"there was already a fault: {fault}")
    place = _relative(taken.path, order.database) or str(taken.path)
    reporter.step_finished("backup", None, time.monotonic() - started, f"{place}   {size(taken.size)}, verified")
    return taken.path


def _record(order: Order, connection: sqlite3.Connection, course: Course, backup: Path | None, moment: _Moment) -> int:
    row = record_of(course, inspect(connection, course.ledger.hidden))
    if not connection.in_transaction:
        # What is written now would be committed at once, and tell of a change that was rolled back.
        message = "SQLite ended the transaction by itself"
        raise FailedError(message, code="transaction-lost", data=DataState.ROLLED_BACK)
    undone = order.backwards.undone if order.backwards else ()
    row = replace(
        row,
        description=order.message or row.description,
        managed=order.backwards.managed if order.backwards else row.managed,
        way_back=replace(row.way_back, undid=undone, conversions=_conversions_undone(row.way_back, order, course)),
        backup=_relative(backup, order.database),
        seconds=round(time.monotonic() - moment.started, 3),
    )
    return record(connection, course.ledger, row, order.now)


def _conversions_undone(way_back: WayBack, order: Order, course: Course) -> tuple[Conversion, ...]:
    """Add the columns whose values came out of the backup: of a column whose type stayed, nothing else would tell.

    The way back from there is the way forth again: what the undone version's `using` makes of them.
    """
    known = {(table, column) for table, column, *_ in way_back.conversions}
    altered = {w.change.entries.new.name: w.change.tables.old for w in course.plan.works if isinstance(w.change, Alter)}
    more = [
        (kept.table.name.text, each.column.text, None, course.desired.hints.column(kept.table.name, each.column).undo)
        for kept in (order.backwards.kept if order.backwards else ())
        for each in kept.conversions
        if (kept.table.name.text, each.column.text) not in known
        and kept.table.name in altered
        and altered[kept.table.name].column(each.column) is not None
    ]
    return (*way_back.conversions, *more)


def _relative(backup: Path | None, database: Path) -> str | None:
    """Give the backup's path relative to the database's folder: both may move together."""
    if backup is None:
        return None
    return os.path.relpath(backup.resolve(), database.resolve().parent)


def _settled(error: BaseException, connection: sqlite3.Connection, order: Order, state: list[str]) -> ReconcileError:
    """Roll back, read the true state from the file with new eyes, and put it into the error."""
    if isinstance(error, ReconcileError):
        told = error
    elif isinstance(error, sqlite3.Error):
        told = translate(error, doing="apply the plan", path=order.database)
    else:
        told = InterruptedByUserError("interrupted")
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    with suppress(sqlite3.Error):
        connection.close()
    if not state:
        return told
    told.data = _state_now(order, state[0])
    return told


def _state_now(order: Order, was: str) -> DataState:
    """Read the state as the next program will find it: a commit that broke off leaves a journal to be rolled back."""
    try:
        with closing(open_writing(order.database, prepare=order.prepare, wait=order.wait)) as reading:
            begin_reading(reading, order.wait)
            ledger = find(reading, order.desired.history_table)
            now = fingerprint(inspect(reading, ledger.hidden))
    except (ReconcileError, sqlite3.Error):
        return DataState.NEEDS_YOU
    return DataState.ROLLED_BACK if now == was else DataState.COMMITTED
