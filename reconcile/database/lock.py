"""Take, keep and give back SQLite's locks, waiting no longer than we were told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from reconcile.database.connection import OnWait, Patience, path_of, patiently, translate
from reconcile.errors import BugError, BusyError, DataState, ReconcileError

Clock = Callable[[], float]
Sleep = Callable[[float], None]


def begin_immediate(
    connection: sqlite3.Connection,
    wait: float,
    on_wait: OnWait | None = None,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
) -> None:
    """Begin a transaction that holds the write lock; BusyError after `wait` seconds.

    Not EXCLUSIVE: in rollback mode that would shut out the second connection that takes the backup.
    """
    _begin(connection, ("BEGIN IMMEDIATE",), Patience(wait, on_wait, clock, sleep), "get the write lock")


def begin_reading(
    connection: sqlite3.Connection,
    wait: float,
    on_wait: OnWait | None = None,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
) -> None:
    """Begin a transaction that sees one state until it ends; after it, no read can meet a lock.

    A bare BEGIN takes no lock (lang_transaction.html): the first read does, so it belongs to the beginning.
    """
    first_read = "SELECT count(*) FROM sqlite_schema"
    _begin(connection, ("BEGIN", first_read), Patience(wait, on_wait, clock, sleep), "read the database")


def commit(
    connection: sqlite3.Connection,
    wait: float,
    on_wait: OnWait | None = None,
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
) -> None:
    """Commit, retried while readers are in the way; else roll back and raise BusyError (ROLLED_BACK).

    In rollback mode one reader inside a transaction blocks COMMIT, which leaves ours open (sqlite-facts 6).
    After any other error `data` is NEEDS_YOU where SQLite had ended the transaction itself: a late error can
    follow a commit that landed, so the caller reads the state back before it says what happened.
    """
    if not connection.in_transaction:
        # SQLite rolls back by itself after some errors; committing nothing would look like success.
        raise BugError("there is no transaction to commit", data=DataState.NEEDS_YOU)
    path = path_of(connection)
    try:
        patience = Patience(wait, on_wait, clock, sleep)
        patiently(lambda: connection.execute("COMMIT"), patience, doing="commit", path=path)
    except BusyError as error:
        error.data = _rolled_back(connection)
        raise
    except sqlite3.Error as error:
        told: ReconcileError = translate(error, doing="commit", path=path)
        told.data = _rolled_back(connection)
        raise told from error


def _rolled_back(connection: sqlite3.Connection) -> DataState:
    """Roll back what is still open, and say what is known of the data afterwards."""
    if not connection.in_transaction:
        return DataState.NEEDS_YOU
    try:
        connection.execute("ROLLBACK")
    except sqlite3.Error:
        return DataState.NEEDS_YOU
    return DataState.ROLLED_BACK


def _begin(connection: sqlite3.Connection, statements: tuple[str, ...], patience: Patience, doing: str) -> None:
    if connection.in_transaction:
        raise BugError("a transaction is open already")
    path = path_of(connection)

    def begin() -> None:
        try:
            for statement in statements:
                connection.execute(statement).fetchall()
        except sqlite3.Error:
            # Tried again from the start: BUSY_SNAPSHOT never ends inside the transaction that met it.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    try:
        patiently(begin, patience, doing=doing, path=path)
    except sqlite3.Error as error:
        raise translate(error, doing=doing, path=path) from error
