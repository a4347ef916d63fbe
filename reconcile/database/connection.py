"""Open a database without surprises, wait for its locks, and say what went wrong in words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from reconcile.errors import ReconcileError

Prepare = Callable[[sqlite3.Connection], None]
"""What an application does to each of its connections: its functions, collations and extensions."""

OnWait = Callable[[float], None]
"""Told before each sleep how many seconds we have waited for a lock so far."""

_T = TypeVar("_T")


def open_reading(path: Path, *, prepare: Prepare | None = None, wait: float = 5.0) -> sqlite3.Connection:
    """Open a database so that nothing can be written, neither to it nor beside it (-shm excepted)."""
    raise NotImplementedError


def open_writing(
    path: Path, *, prepare: Prepare | None = None, create: bool = False, wait: float = 5.0
) -> sqlite3.Connection:
    """Open a database for writing; it is created only when `create` says so."""
    raise NotImplementedError


def patiently(
    action: Callable[[], _T],
    *,
    doing: str,
    path: Path,
    wait: float,
    on_wait: OnWait | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> _T:
    """Run `action`, again and again while somebody holds a lock, for at most `wait` seconds; then BusyError."""
    raise NotImplementedError


@contextmanager
def translated(*, doing: str, path: Path) -> Iterator[None]:
    """Turn every sqlite3.Error inside the block into a ReconcileError."""
    yield
    raise NotImplementedError


def translate(error: sqlite3.Error, *, doing: str, path: Path) -> ReconcileError:
    """Say in words what SQLite's error means and what to do; the caller raises it."""
    raise NotImplementedError


@contextmanager
def deadline(
    connection: sqlite3.Connection, seconds: float, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Interrupt whatever statement of `connection` still runs after `seconds`: BusyError, code ``too-slow``."""
    yield
    raise NotImplementedError
