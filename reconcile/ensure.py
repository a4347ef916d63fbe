"""Ensure: bring a database up to its schema at an application's start, and cost next to nothing where it is.

The way that is nearly always taken comes first: it imports neither planner nor parser, and makes no schema of rows.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconcile.database.connection import Prepare, open_reading, open_writing, translated
from reconcile.database.lock import begin_reading
from reconcile.errors import BlockedError, DatabaseFileError, FailedError, StaleError
from reconcile.history.standing import standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from reconcile.applying import Order
    from reconcile.plan.steps import Plan
    from reconcile.river import Course, Desired
    from reconcile.values import Planned

_ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Ensured:
    """What ensure found or did.

    `version` is where the database stands in its history; `steps` are the titles of what was done, none where it was
    in sync; `backup` is the file with the state before, where tables were rebuilt. `seconds` is wall time.
    """

    database: Path
    version: int | None
    steps: tuple[str, ...] = ()
    backup: Path | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether this call changed the schema; another process may have done it at the same moment."""
        return bool(self.steps)


def ensure(
    database: str | os.PathLike[str],
    schema: str | os.PathLike[str] = "schema.yaml",
    *,
    allow_rebuild: bool = False,
    prepare: Prepare | None = None,
    wait: float = 30.0,
) -> Ensured:
    """Bring a database up to its schema when an application starts; create it where it is missing.

    Where the schema file's bytes and the database's own schema are those of the last version on record, nothing else
    is looked at. Otherwise it plans. A plan without a consentable hazard is applied, proven and recorded as by
    `apply`; one that rebuilds a table only with `allow_rebuild`, after a backup. `prepare` is called with each
    connection before it is used; `wait` is how many seconds to wait for locks. Any number of processes may do this at
    once: one does the work, the others find it done. What a crashed program left unfinished is rolled back, as SQLite
    does for anybody who opens the file.

    Raises BlockedError where the plan would lose something (its `plan` is the Planned to look at), rebuilds without
    `allow_rebuild` (code ``rebuild``), or the database was last applied by a newer schema than this one (code
    ``newer-schema``: this schema is an earlier version on record); SchemaFileError, DatabaseFileError, DamagedError,
    BusyError, VerificationError, FailedError. Unless `data` of the error says otherwise, nothing was changed.
    """
    call = _Call(Path(database), Path(schema), allow_rebuild, prepare, wait, time.monotonic())
    desired = None
    for _ in range(_ATTEMPTS):
        version = _on_record(call)
        if version is not None:
            return Ensured(call.database, version, seconds=call.seconds)
        desired = desired or _desired(call)
        # Somebody else may change the schema after we have planned: what is to be done then is another question.
        with suppress(StaleError):
            return _brought_up(call, desired)
    message = f"the schema was changed by others {_ATTEMPTS} times while it was looked at"
    raise StaleError(message, place=str(call.database), hint="what else changes this database?")


@dataclass(frozen=True, slots=True)
class _Call:
    """What ensure was asked, and when by the monotonic clock."""

    database: Path
    schema: Path
    allow_rebuild: bool
    prepare: Prepare | None
    wait: float
    started: float

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def opened(self) -> sqlite3.Connection:
        """Open as the application itself will, so that a crashed program's transaction is rolled back here.

        `open_reading` refuses to do that, and no start would succeed; it serves where nobody here may write.
        """
        try:
            connection = open_writing(self.database, prepare=self.prepare, wait=self.wait)
        except FailedError as error:
            if error.code != "read-only":
                raise
            return open_reading(self.database, prepare=self.prepare, wait=self.wait)
        connection.execute("PRAGMA query_only = ON")
        return connection


def _on_record(call: _Call) -> int | None:
    """Give the last version where file and database are exactly as it left them; None where more must be asked."""
    if not os.path.lexists(call.database):
        return None
    with translated(doing="read the database", path=call.database), closing(call.opened()) as connection:
        begin_reading(connection, call.wait)
        found = standing(connection, call.schema)
        return found.version if found is not None else None


def _desired(call: _Call) -> Desired:
    from reconcile.river import load_desired  # noqa: PLC0415 - a start with nothing to do needs no planner
    from reconcile.values import tamed  # noqa: PLC0415

    return load_desired(call.schema, tamed(call.prepare))


def _brought_up(call: _Call, desired: Desired) -> Ensured:
    """Plan, refuse what is not harmless, and carry out exactly that; StaleError where it changed under our hands."""
    from reconcile.apply.reporter import Silent  # noqa: PLC0415
    from reconcile.applying import carry_out  # noqa: PLC0415

    _create(call)
    planned, is_recorded = _planned(call, desired)
    if not planned.plan.steps and is_recorded:
        return Ensured(call.database, planned.at, seconds=call.seconds)
    _refuse_unless_harmless(call, planned)
    done = carry_out(_order(call, desired, planned.plan), Silent(), _moved)
    version = done.course.at if done.version is None else done.version
    return Ensured(call.database, version, tuple(s.title for s in done.course.plan.steps), done.backup, call.seconds)


def _create(call: _Call) -> None:
    """Make the empty file where there is none. Nobody takes it away again: another process may fill it already."""
    if os.path.lexists(call.database):
        return
    try:
        open_writing(call.database, prepare=call.prepare, create=True, wait=call.wait).close()
    except DatabaseFileError:
        # A journal without a database is refused; but if the file is there now, both are those of another process.
        if not os.path.lexists(call.database):
            raise


def _planned(call: _Call, desired: Desired) -> tuple[Planned, bool]:
    """Plan, reading only; and say whether the history knows everything that the schema file manages."""
    from reconcile.database.files import file_facts  # noqa: PLC0415
    from reconcile.river import chart, wishes  # noqa: PLC0415
    from reconcile.values import Planned, Source, tamed  # noqa: PLC0415

    prepare = tamed(call.prepare)
    with translated(doing="plan", path=call.database), closing(call.opened()) as connection:
        begin_reading(connection, call.wait)
        course = chart(connection, desired, wishes((), (), column_order=False), prepare_=prepare)
        _refuse_if_newer(call, connection, course)
        facts = file_facts(connection, call.database)
    known = course.managed_before
    names = {entry.identity for entry in desired.schema.entries}
    is_recorded = course.ledger.foreign is not None or (
        known is not None and names == {entry.identity for entry in known.entries}
    )
    source = Source(call.database, call.schema, prepare=call.prepare)
    planned = Planned(course.plan, source, facts.size, facts.journal_mode, course.at, desired.digest)
    return planned, is_recorded


def _refuse_if_newer(call: _Call, connection: sqlite3.Connection, course: Course) -> None:
    """Raise BlockedError where this schema is an earlier version on record, and not the latest."""
    if not course.ledger.kept:
        return
    from json import loads  # noqa: PLC0415

    from reconcile.model.fingerprint import rows  # noqa: PLC0415

    wanted = sorted(rows(course.desired.schema.entries))
    found = connection.execute(f"""SELECT version, schema_digest, managed FROM main.{course.ledger.beside.quoted}
        WHERE rolled_back_at IS NULL ORDER BY version DESC""").fetchall()
    same = [v for v, digest, managed in found if course.desired.digest == digest or wanted == sorted(loads(managed))]
    if same and same[0] != found[0][0]:
        message = f"the database is at #{found[0][0]}, and {call.schema} is an older schema, that of #{same[0]}"
        raise _refusal(call, message, "newer-schema", None, "start the newer application, or go back on purpose")


def _refuse_unless_harmless(call: _Call, planned: Planned) -> None:
    """Raise BlockedError where somebody should look, and decide."""
    from reconcile.diff.changes import Alter  # noqa: PLC0415
    from reconcile.plan.steps import Method  # noqa: PLC0415
    from reconcile.preview.paste import command  # noqa: PLC0415

    look = "look, and decide:   " + command("plan", str(call.database), *planned.source.options)
    if planned.blocked:
        message = f"the schema cannot be brought up to date: {', '.join(planned.blocked)}"
        raise _refusal(call, message, "blocked", planned, look)
    if planned.wanting:
        message = f"something would be lost, and only a person may decide that: {', '.join(planned.wanting)}"
        raise _refusal(call, message, "blocked", planned, look)
    works = [(work.method, work.change) for work in planned.plan.works]
    rebuilt = [c.entries.new.name.text for method, c in works if method is Method.REBUILD and isinstance(c, Alter)]
    if rebuilt and not call.allow_rebuild:
        message = f"a table would be rebuilt while the application waits: {', '.join(rebuilt)}"
        hint = f"give allow_rebuild=True, or apply it beforehand; {look}"
        raise _refusal(call, message, "rebuild", planned, hint)


def _refusal(call: _Call, message: str, code: str, planned: Planned | None, hint: str) -> BlockedError:
    error = BlockedError(message, plan=planned, hint=hint)
    error.code, error.place = code, str(call.database)
    return error


def _order(call: _Call, desired: Desired, plan: Plan) -> Order:
    """Give the order for exactly this plan; the backup is for what writes rows anew."""
    from reconcile.applying import Order  # noqa: PLC0415
    from reconcile.river import wishes  # noqa: PLC0415
    from reconcile.values import tamed  # noqa: PLC0415

    return Order(
        database=call.database,
        desired=desired,
        wished=wishes((), (), column_order=False),
        message=None,
        plan_id=plan.id,
        wait=call.wait,
        create=False,
        backup=plan.rebuilds > 0,
        backup_dir=None,
        keep=None,
        now=datetime.now(UTC),
        prepare=tamed(call.prepare),
    )


def _moved(_: Course) -> BlockedError:
    """Begin anew where the plan is blocked under the lock: it was not when we looked."""
    raise StaleError("the database has changed since the plan")
