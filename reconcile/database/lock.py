"""Take, keep and give back SQLite's locks, waiting no longer than we were told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from reconcile.database.connection import OnWait


def begin_immediate(
    connection: sqlite3.Connection,
    wait: float,
    on_wait: OnWait | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Begin a transaction that holds the write lock; BusyError after `wait` seconds."""
    raise NotImplementedError


def begin_reading(
    connection: sqlite3.Connection,
    wait: float,
    on_wait: OnWait | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Begin a transaction that sees one state until it ends; after it, no read can meet a lock."""
    raise NotImplementedError


def commit(
    connection: sqlite3.Connection,
    wait: float,
    on_wait: OnWait | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Commit, retried while readers are in the way; else roll back and raise BusyError (ROLLED_BACK)."""
    raise NotImplementedError
