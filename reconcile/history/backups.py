"""The backup of a version: where it lies, and whether what lies there is it, and whole.

A way back fills columns from it by key. Another file under its name would fill them with other rows' values, and a
damaged one with fewer, and no proof beside the live rows could tell.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from reconcile.database.connection import interruptible
from reconcile.database.inspect import inspect
from reconcile.database.integrity import quick_check
from reconcile.errors import FailedError
from reconcile.history.ledger import Ledger, Step, before, find
from reconcile.model.fingerprint import fingerprint


def place_of(step: Step, database: Path) -> Path | None:
    """Say where the backup of a version was put; None where none was taken."""
    return None if step.backup is None else database.resolve().parent / step.backup


def identified(live: sqlite3.Connection, ledger: Ledger, step: Step, backup: Path) -> None:
    """Raise FailedError unless a file holds the state before a version: its schema, at the version before it."""
    with _read(backup, step) as connection:
        _identified(connection, (live, ledger), step, backup)


def proven(live: sqlite3.Connection, ledger: Ledger, step: Step, backup: Path) -> None:
    """Raise FailedError unless a file holds the state before a version, and is whole (1.5 s per GB)."""
    with _read(backup, step) as connection:
        _identified(connection, (live, ledger), step, backup)
        faults = quick_check(connection)
        if faults.damage:
            raise _damaged(step, backup, faults.damage[0])


def _identified(backup: sqlite3.Connection, live: tuple[sqlite3.Connection, Ledger], step: Step, path: Path) -> None:
    connection, ledger = live
    try:
        kept = find(backup, ledger.table)
        same = fingerprint(inspect(backup, kept.hidden)) == fingerprint(step.before)
        same = same and before(backup, kept, step.version) == before(connection, ledger, step.version)
    except sqlite3.DatabaseError as error:
        raise _damaged(step, path, str(error)) from error
    if not same:
        message = f"this is not the backup of #{step.version}: it does not hold the state before it"
        hint = "put that backup back where it was, or take this file away"
        raise FailedError(message, code="backup-differs", place=str(path), hint=hint)


def _damaged(step: Step, backup: Path, why: str) -> FailedError:
    hint = "put a sound copy of it there, or take this file away: then what it would give back is told by name"
    message = f"the backup of #{step.version} is damaged: {why}"
    return FailedError(message, code="backup-damaged", place=str(backup), hint=hint)


def _read(backup: Path, step: Step) -> closing[sqlite3.Connection]:
    """Open a backup without leaving anything beside it."""
    try:
        connection = sqlite3.connect(f"{backup.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise _damaged(step, backup, str(error)) from error
    interruptible(connection)
    return closing(connection)
