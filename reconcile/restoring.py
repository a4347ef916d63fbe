"""Rollback by restore: the file exactly as it was, with the history of what happened carried past it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconcile.apply.reporter import Reporter, Silent
from reconcile.database import restore as restores
from reconcile.database.connection import open_reading, open_writing
from reconcile.database.inspect import engine, inspect
from reconcile.database.lock import begin_immediate, begin_reading, commit
from reconcile.errors import DataState, FailedError, ReconcileError, UsageError
from reconcile.history.ledger import (
    Record,
    WayBack,
    create,
    find,
    locate,
    mark_rolled_back,
    record,
    row_of,
    standing,
)
from reconcile.model.fingerprint import fingerprint
from reconcile.model.schema import Schema
from reconcile.river import DEFAULT_HISTORY
from reconcile.rollback import Written, written_since
from reconcile.sql.names import Name, name
from reconcile.version import VERSION


@dataclass(frozen=True, slots=True)
class Restorable:
    """A version whose backup can be put back: the state *before* `version`; `written` is what would go."""

    version: int
    backup: Path
    written: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class RestoredVersion:
    """What was put back, where what was there is kept, and the version under which that is recorded."""

    safety: Path | None
    version: int
    seconds: float


def restorable(database: Path, to: int | None = None) -> Restorable:
    """Find the backup of the oldest version above `to` (of the last version, where None): the state to go back to."""
    with closing(open_reading(database)) as connection:
        begin_reading(connection, 5.0)
        ledger = find(connection, locate(connection) or name(DEFAULT_HISTORY))
        steps = [step for step in standing(connection, ledger) if not step.way_back.undid]
    above = [step for step in steps if to is None or step.version > to]
    chosen = above[0] if to is None and above else above[-1] if above else None
    if chosen is None or chosen.backup is None:
        nothing = "there is nothing to go back to"
        message = nothing if chosen is None else f"#{chosen.version} took no backup to go back to"
        raise UsageError(message, place=str(database), hint="reconcile history tells which versions have one")
    backup = database.resolve().parent / chosen.backup
    if not backup.is_file():
        raise FailedError(f"the backup of #{chosen.version} is gone", code="backup-gone", place=str(backup))
    undone = tuple(step for step in above if step.version >= chosen.version)
    return Restorable(chosen.version, backup, written_since(database, backup, undone))


def restore_version(
    database: Path,
    way: Restorable,
    *,
    wait: float = 30.0,
    now: datetime | None = None,
    reporter: Reporter | None = None,
) -> RestoredVersion:
    """Put the backup back, then write into the history what was undone. Raises what `restore` raises."""
    heard, moment = reporter or Silent(), now or datetime.now(UTC)
    with closing(open_reading(database)) as connection:
        begin_reading(connection, 5.0)
        table = locate(connection) or name(DEFAULT_HISTORY)
        ledger = find(connection, table)
        carried = row_of(connection, ledger, way.version - 1)
        undone = tuple(sorted(step.version for step in standing(connection, ledger) if step.version >= way.version))
        before = inspect(connection, ledger.hidden)
    done = restores.restore(
        database,
        way.backup,
        now=moment,
        wait=wait,
        progress=lambda copied, total: heard.step_progress("restore", copied, total),
    )
    safety = done.safety.path if done.safety else None
    undoing = _Undoing(way.version, undone, table, carried, before, _beside(safety, database), done.seconds)
    try:
        number = _written_down(database, undoing, moment, wait)
    except (ReconcileError, sqlite3.Error) as error:
        message = f"the backup is put back, but the history does not say so: {error}"
        hint = f"what was there before is in {safety}"
        raise FailedError(message, place=str(database), hint=hint, data=DataState.COMMITTED) from error
    return RestoredVersion(safety, number, done.seconds)


@dataclass(frozen=True, slots=True)
class _Undoing:
    """What a restore undoes: the versions that stood since `version`, and the rows of the history that it takes."""

    version: int
    undone: tuple[int, ...]
    table: Name
    carried: dict[str, list[dict[str, object]]]
    before: Schema
    safety: str | None
    seconds: float


def _written_down(database: Path, undoing: _Undoing, moment: datetime, wait: float) -> int:
    """Write the history on from where it was: what was undone, and that it was."""
    with closing(open_writing(database)) as connection:
        begin_immediate(connection, wait)
        after = inspect(connection, find(connection, undoing.table).hidden)
        create(connection, find(connection, undoing.table))  # there is none in the backup of the first version
        ledger = find(connection, undoing.table)
        earlier = standing(connection, ledger)
        _carry(connection, undoing.carried)
        row = Record(
            description=f"restore the state before #{undoing.version}",
            plan_id="",
            fingerprints=(fingerprint(undoing.before), fingerprint(after)),
            before=undoing.before,
            after=after,
            managed=next((step.managed for step in earlier if step.version < undoing.version), Schema(())),
            hints=(),
            way_back=WayBack(undid=undoing.undone, restored=True),
            backup=undoing.safety,
            seconds=round(undoing.seconds, 3),
            reconcile_version=VERSION,
            sqlite_version=engine().text,
            schema_digest="",
        )
        number = record(connection, ledger, row, moment)
        mark_rolled_back(connection, ledger, undoing.undone, moment)
        commit(connection, wait)
    return number


def _carry(connection: sqlite3.Connection, carried: dict[str, list[dict[str, object]]]) -> None:
    """Write the rows of the undone versions again: a history that forgets would be none."""
    for table, rows in carried.items():
        for row in rows:
            columns = ", ".join(name(column).quoted for column in row)
            marks = ", ".join("?" for _ in row)
            statement = f"INSERT OR IGNORE INTO main.{name(table).quoted} ({columns}) VALUES ({marks})"
            connection.execute(statement, tuple(row.values()))


def _beside(path: Path | None, database: Path) -> str | None:
    if path is None:
        return None
    folder = database.resolve().parent
    return str(path.resolve().relative_to(folder)) if path.resolve().is_relative_to(folder) else str(path.resolve())
