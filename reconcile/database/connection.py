"""Open a database without surprises, wait for its locks, and say what went wrong in words.

The file itself is never opened with ``open()``: closing any descriptor of a file drops every POSIX lock that
this process holds on it, SQLite's among them, and an acknowledged commit can be lost (sqlite-facts 7).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from reconcile.database.files import (
    ImmutableConnection,
    companion,
    lies_beside,
    locate,
    lock_holders,
    place_for_new,
    translate_os,
    writable,
)
from reconcile.errors import (
    BusyError,
    DamagedError,
    DatabaseFileError,
    FailedError,
    InterruptedByUserError,
    ReconcileError,
)

Prepare = Callable[[sqlite3.Connection], None]
"""What an application does to each of its connections: its functions, collations and extensions."""

OnWait = Callable[[float], None]
"""Told before each sleep how many seconds we have waited for a lock so far."""

_T = TypeVar("_T")

BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
"""Primary result codes that go away by waiting; PROTOCOL is a lost race for the locks of a WAL."""

_PRAGMAS_LEFT_ALONE = frozenset({"journal_mode", "locking_mode", "wal_checkpoint"})
_written: list[Path] = []
_OPCODES_BETWEEN_SIGNALS = 10_000  # some 2 ms; 1,000 and 100,000 measured the same speed, within noise


def open_reading(path: Path, *, prepare: Prepare | None = None, wait: float = 5.0) -> sqlite3.Connection:
    """Open a database so that nothing can be written, neither to it nor beside it (``-shm`` excepted).

    A rollback-mode file is opened ``mode=ro``: a hot journal is then an error (code ``unfinished-transaction``)
    and not a rollback behind the reader's back. A WAL file with its ``-wal`` is opened ``mode=ro`` as well, so
    that closing it does not checkpoint a dead writer's rows. A WAL file without ``-wal``, or with an empty one, is
    opened ``mode=rw`` with ``query_only``, because ``mode=ro`` would leave an empty ``-wal`` behind (who closes last
    removes it), and ``immutable=1`` where that is not permitted; an immutable read takes no locks
    (sqlite.org/uri.html, wal.html section 5; 3.40.1).

    Raises DatabaseFileError, DamagedError, FailedError, or BusyError after `wait` seconds.
    """
    real = locate(path)
    with translated(doing="read the database", path=real):
        may_write = writable(real) and writable(real.parent)
        if lies_beside(real, "-wal") and not (may_write and _wal_is_empty(real)):
            return _open_beside_wal(real, prepare, wait)
        if not _wal_marked(real):
            return _opened(real, "mode=ro", prepare, wait)
        if may_write:
            return _opened(real, "mode=rw", prepare, wait)
        return _opened(real, "mode=ro&immutable=1", prepare, wait)


def open_writing(
    path: Path, *, prepare: Prepare | None = None, create: bool = False, wait: float = 5.0
) -> sqlite3.Connection:
    """Open a database for writing; it is created, empty, only when `create` says so.

    An unfinished transaction that a dead process left is rolled back by SQLite here, as by any other program.
    ``synchronous`` is EXTRA: with FULL, a commit in rollback mode can be undone by a power cut after it was
    reported (11 of 21 crash images, sqlite-facts 9). It stays the caller's business to begin transactions.
    """
    fresh = create and not os.path.lexists(path)
    real = place_for_new(path) if fresh else locate(path)
    for needed in (real.parent,) if fresh else (real, real.parent):
        if not writable(needed):
            message = "no permission to write here, so the database cannot be changed"
            raise FailedError(message, code="read-only", place=str(needed), hint=_HINT_READONLY)
    _written.append(real)
    with translated(doing="open the database", path=real):
        connection = _opened(real, "mode=rwc" if create else "mode=rw", prepare, wait)
        with _closed_on_error(connection):
            connection.execute("PRAGMA query_only = OFF")
            connection.execute("PRAGMA synchronous = EXTRA")
        return connection


def may_have_written() -> bool:
    """Say whether this process has opened any database for writing: an interrupt before that has changed none."""
    return bool(_written)


def _open_beside_wal(real: Path, prepare: Prepare | None, wait: float) -> sqlite3.Connection:
    """Open a file with a ``-wal`` beside it; its rows count, so immutable is right only if it is empty."""
    try:
        return _opened(real, "mode=ro", prepare, wait)
    except sqlite3.OperationalError as error:
        if primary_code(error) not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise
        with contextlib.suppress(FileNotFoundError):
            if companion(real, "-wal").stat().st_size:
                message = "its -wal file holds rows that can be read only by who may write beside it"
                hint = "run as the database's owner, or let its owner open and close it once"
                raise FailedError(message, code="read-only", place=str(real), hint=hint) from error
        return _opened(real, "mode=ro&immutable=1", prepare, wait)


def _wal_is_empty(real: Path) -> bool:
    """Tell whether a ``-wal`` holds nothing: who closes last removes it, as if it had not been there."""
    with contextlib.suppress(FileNotFoundError):
        return companion(real, "-wal").stat().st_size == 0
    return False


def _wal_marked(real: Path) -> bool:
    """Tell whether the header asks for WAL, without a lock, a new file, or a descriptor of our own.

    A WAL cannot work without locks, so under ``nolock=1`` SQLite answers CANTOPEN for such a file (3.40.1).
    """
    connection = _connect(real, "mode=ro&nolock=1")
    try:
        # Of the header, without the schema: to parse a thousand tables takes 10 ms, and is done once more below.
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        # Every other error comes again, with its locks right, when the file is opened for good.
        return primary_code(error) == sqlite3.SQLITE_CANTOPEN
    finally:
        connection.close()
    return False


def _opened(real: Path, options: str, prepare: Prepare | None, wait: float) -> sqlite3.Connection:
    """Connect, let the application prepare, then set what must hold whatever it did."""
    connection = _connect(real, options)
    with _closed_on_error(connection):
        connection.execute("PRAGMA query_only = ON")
        if prepare is not None:
            _prepared(connection, prepare)
        connection.execute("PRAGMA query_only = ON")
        interruptible(connection)
        # Without a first read a missing permission or a foreign file would show up only somewhere later.
        first_read = "SELECT count(*) FROM sqlite_schema"
        patiently(lambda: connection.execute(first_read), Patience(wait), doing="read the database", path=real)
    return connection


def _connect(real: Path, options: str) -> sqlite3.Connection:
    """Connect by URI; `Path.as_uri` quotes ``?``, ``#``, ``%``, line ends and bytes that are no text."""
    kind = ImmutableConnection if "immutable" in options else sqlite3.Connection
    return sqlite3.connect(f"{real.as_uri()}?{options}", uri=True, timeout=0, isolation_level=None, factory=kind)


def _prepared(connection: sqlite3.Connection, prepare: Prepare) -> None:
    """Run the application's own hook, without letting it change the file or how we talk to SQLite.

    Many hooks say ``PRAGMA journal_mode=WAL``, which rewrites the header even under ``query_only``.
    """

    def watch(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS_LEFT_ALONE and second is not None:
            return sqlite3.SQLITE_IGNORE
        return sqlite3.SQLITE_OK

    connection.set_authorizer(watch)
    try:
        prepare(connection)
    finally:
        connection.set_authorizer(None)
    if connection.in_transaction:
        connection.rollback()
    connection.isolation_level = None
    connection.row_factory = None
    connection.text_factory = str
    connection.execute("PRAGMA busy_timeout = 0")


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def interruptible(connection: sqlite3.Connection) -> None:
    """Let signals reach Python while a statement runs; without it Ctrl-C waits for the statement's end.

    Python runs signal handlers only between its own instructions, so a callback must give it some. The
    KeyboardInterrupt itself is swallowed there, and the statement fails with SQLITE_INTERRUPT instead.
    """
    connection.set_progress_handler(lambda: 0, _OPCODES_BETWEEN_SIGNALS)


@contextmanager
def watched(connection: sqlite3.Connection, tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` again and again, some hundred times a second, while statements of `connection` run.

    What it raises ends the statement with SQLITE_INTERRUPT.
    """

    def heard() -> int:
        tell()
        return 0

    connection.set_progress_handler(heard, _OPCODES_BETWEEN_SIGNALS)
    try:
        yield
    finally:
        interruptible(connection)


@contextmanager
def deadline(
    connection: sqlite3.Connection, seconds: float, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Interrupt whatever statement of `connection` still runs after `seconds`: FailedError, code ``too-slow``."""
    until = clock() + seconds
    connection.set_progress_handler(lambda: int(clock() >= until), _OPCODES_BETWEEN_SIGNALS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if primary_code(error) == sqlite3.SQLITE_INTERRUPT and clock() >= until:
            raise FailedError(f"a query took longer than {seconds:g} s", code="too-slow") from error
        raise
    finally:
        interruptible(connection)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a lock, in seconds, whom to tell, and by which clock."""

    seconds: float
    on_wait: OnWait | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def patiently(action: Callable[[], _T], patience: Patience, *, doing: str, path: Path) -> _T:
    """Run `action`, one statement as a rule, again and again while somebody holds a lock.

    Every other error of SQLite passes as it is. SQLite's own busy handler is not used: it is not asked when
    waiting could deadlock, and Ctrl-C does not end it. Raises BusyError; an open transaction stays open.
    """
    begun = patience.clock()
    pause = 0.001
    while True:
        try:
            return action()
        except sqlite3.Error as error:
            waited = patience.clock() - begun
            if primary_code(error) not in BUSY_CODES:
                raise
            if waited >= patience.seconds:
                raise busy(doing=doing, path=path, waited=waited) from error
        if patience.on_wait is not None:
            patience.on_wait(waited)
        patience.sleep(max(0.0, min(pause, patience.seconds - waited)))
        pause = min(pause * 2, 0.05)


def path_of(connection: sqlite3.Connection) -> Path:
    """Name the file behind a connection, with links resolved, as SQLite does."""
    return Path(str(connection.execute("PRAGMA database_list").fetchone()[2]))


def busy(*, doing: str, path: Path, waited: float) -> BusyError:
    """Say that somebody held a lock for as long as we waited, and who, where the system tells."""
    holders = ", ".join(lock_holders(path))
    who = f"held by {holders}" if holders else "held by another connection"
    return BusyError(
        f"could not {doing}: the lock is {who} (waited {waited:.1f} s)",
        place=str(path),
        hint="let that program finish its transaction, or wait longer (--wait)",
    )


@contextmanager
def translated(*, doing: str, path: Path) -> Iterator[None]:
    """Turn every sqlite3.Error and OSError inside the block into a ReconcileError."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, doing=doing, path=path) from error
    except OSError as error:
        raise translate_os(error, doing=doing, path=path) from error
    except UnicodeDecodeError as error:  # SQLite's message quotes the schema, and the module decodes it strictly
        raise _not_text(doing, path) from error


def _not_text(doing: str, path: Path) -> DamagedError:
    message = f"could not {doing}: a name or a definition in its schema is not UTF-8 text"
    hint = "keep the file as it is; write the schema anew with the program that made it, or restore a backup"
    return DamagedError(message, code="not-text", place=str(path), hint=hint)


def translate(error: sqlite3.Error, *, doing: str, path: Path) -> ReconcileError:
    """Say in words what SQLite's error means and what to do; the caller raises it.

    `doing` completes "could not …". `data` is UNTOUCHED: whoever was in a transaction must set it.
    """
    primary, where = primary_code(error), str(path)
    if primary is None and "Could not decode to UTF-8" in str(error):
        return _not_text(doing, path)
    if primary in BUSY_CODES:
        return busy(doing=doing, path=path, waited=0.0)
    if primary == sqlite3.SQLITE_INTERRUPT:
        return InterruptedByUserError(f"interrupted; could not {doing}", place=where)
    if primary == sqlite3.SQLITE_CORRUPT:
        hint = "keep the file as it is; look with `reconcile health`, or restore a backup"
        return DamagedError(f"could not {doing}: the file is damaged ({error})", place=where, hint=hint)
    if primary == sqlite3.SQLITE_NOTADB:
        message = f"could not {doing}: the file is not an SQLite database, or it is encrypted"
        return DatabaseFileError(message, code="not-a-database", place=where, hint="check the path")
    exact = getattr(error, "sqlite_errorcode", None)
    code, what, advice = _EXACT.get(exact) or _PRIMARY.get(primary, ("failed", str(error), None))
    return FailedError(f"could not {doing}: {what}", code=code, place=where, hint=advice)


def primary_code(error: sqlite3.Error) -> int | None:
    """Give SQLite's primary result code (rescode.html: the low 8 bits); None for errors of the module."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


_HINT_READONLY = "run as a user who may write the database and its folder"

_EXACT: dict[int | None, tuple[str, str, str | None]] = {
    sqlite3.SQLITE_READONLY_ROLLBACK: (
        "unfinished-transaction",
        "a program that crashed left an unfinished transaction, and rolling it back would write",
        "open the database once with your application (or `reconcile apply`): SQLite then rolls it back",
    ),
    sqlite3.SQLITE_READONLY_DBMOVED: ("moved", "the file was moved or replaced meanwhile", "start again"),
    sqlite3.SQLITE_IOERR_NOMEM: ("out-of-memory", "out of memory", None),
}
_PRIMARY: dict[int | None, tuple[str, str, str | None]] = {
    sqlite3.SQLITE_FULL: ("disk-full", "the disk or the database's page limit is full", "free some space"),
    sqlite3.SQLITE_IOERR: ("io-error", "the system failed to read or write the file", "check disk and quota"),
    sqlite3.SQLITE_READONLY: ("read-only", "the database may not be written", _HINT_READONLY),
    sqlite3.SQLITE_CANTOPEN: ("cannot-open", "the file, or one beside it, cannot be opened", _HINT_READONLY),
    sqlite3.SQLITE_PERM: ("read-only", "no permission", _HINT_READONLY),
    sqlite3.SQLITE_NOMEM: ("out-of-memory", "out of memory", None),
    sqlite3.SQLITE_TOOBIG: ("too-big", "a value or a statement is larger than this SQLite allows", None),
}
