"""Take a proven copy of a database, list the copies, and prune the oldest.

The copy is made by SQLite's backup API from a connection of its own, inside one read transaction: it is the
state of one moment, a stepped copy never starts again, and writers go on in WAL mode. In rollback mode they wait
for the copy (not for its check). Another connection of this process may hold BEGIN IMMEDIATE meanwhile, as apply
does, as long as it has written nothing yet (sqlite-facts 5 and 13).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from reconcile.database.connection import (
    BUSY_CODES,
    Prepare,
    busy,
    interruptible,
    open_reading,
    translate,
    translated,
)
from reconcile.database.files import (
    DRAFT,
    lies_beside,
    locate,
    private_folder,
    sync_folder,
    translate_os,
)
from reconcile.database.integrity import Faults, quick_check
from reconcile.database.lock import begin_reading
from reconcile.errors import FailedError, ReconcileError, UsageError

Progress = Callable[[int, int], None]
"""Told after each step how many pages are done, and of how many."""

_STEP_BYTES = 8 * 1024 * 1024  # some 8 ms on the machine of sqlite-facts: Ctrl-C and progress feel prompt
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was verified: where it lies, its size in bytes, how long it took.

    `faults` are lines of quick_check that the source gives as well: the copy is true, its source was not sound.
    """

    path: Path
    size: int
    seconds: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What two files must agree in to hold the same database, short of reading every row."""

    page_size: int
    page_count: int
    header: tuple[object, ...]
    schema: tuple[tuple[object, ...], ...]


def take(  # noqa: PLR0913 - a door of this room: each is named where it is called
    source: Path,
    *,
    now: datetime,
    folder: Path | None = None,
    wait: float = 5.0,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
) -> Backup:
    """Copy a database, as it is now, into `folder` (``backups`` beside it) under a name with the time in it.

    The name is ``store_20261122_101502.db``, with ``-2`` and so on where that is taken. The file has the
    database's own mode and, where we may, its owner and group; it appears under its name only when it is whole,
    verified and synced. Raises FailedError (no space, no permission), BusyError, DatabaseFileError, DamagedError.
    """
    real = locate(source)
    with folder_made(real, folder) as into:
        _tidied(into, real)
        stem = f"{_stem(real, into)}_{now:%Y%m%d_%H%M%S}"
        names = (f"{stem}{'' if n == 1 else f'-{n}'}{real.suffix}" for n in count(1))
        return _taken(real, into, names, wait, progress, prepare)


def take_to(
    source: Path,
    target: Path,
    *,
    wait: float = 5.0,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
) -> Backup:
    """Copy a database, as it is now, to exactly `target`, in a folder that exists; nothing is overwritten."""
    real = locate(source)
    with translated(doing="take a backup", path=target):
        into = target.parent.resolve(strict=True)
    return _taken(real, into, (target.name,), wait, progress, prepare)


def default_folder(database: Path) -> Path:
    """Name the folder for backups: ``backups`` beside the real file.

    Not beside a link to it: links change with each release of an application, its data stays.
    """
    return database.resolve().parent / "backups"


def backups(folder: Path, database: Path) -> tuple[Path, ...]:
    """List the backups of `database` in `folder`, the oldest first; what is not named as we name is not listed."""
    real = database.resolve()
    stem = re.escape(_stem(real, folder))
    ours = re.compile(rf"{stem}_(\d{{8}}_\d{{6}})(?:-([1-9]\d*))?{re.escape(real.suffix)}", re.ASCII)
    found: list[tuple[str, int, Path]] = []
    with contextlib.suppress(FileNotFoundError):
        for file in folder.iterdir():
            match = ours.fullmatch(file.name)
            facts = file.lstat() if match else None
            # Zero bytes: a name that was claimed by a run that died before it filled it (see `_claimed`).
            if match and facts and stat.S_ISREG(facts.st_mode) and facts.st_size:
                found.append((match[1], int(match[2] or 1), file))
    return tuple(file for _, _, file in sorted(found))


def _tidied(folder: Path, database: Path) -> None:
    """Remove the empty ``-wal`` that a killed reader left beside a backup; SQLite does, if nobody else has it open."""
    with contextlib.suppress(ReconcileError, OSError):  # a backup is taken for all that
        for file in backups(folder, database):
            if lies_beside(file, "-wal"):
                open_reading(file, wait=0.0).close()


def prune(folder: Path, database: Path, keep: int, *, taken: Path | None = None) -> tuple[Path, ...]:
    """Delete the oldest backups of `database` until `keep` (at least 1) are left; give those deleted.

    The file written last stays whatever its name says, and so does the one just `taken`, whatever its time says: a
    clock set back must not cost the backup just made.
    """
    if keep < 1:
        raise UsageError("the number of backups to keep must be at least 1")
    found = backups(folder, database)
    with translated(doing="delete an old backup", path=folder):
        newest = max(found, key=lambda file: file.stat().st_mtime_ns, default=None)
        gone = tuple(file for file in found[:-keep] if file not in (newest, taken))
        for file in gone:
            file.unlink(missing_ok=True)
        if gone:
            sync_folder(folder)
    return gone


def copy_pages(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    *,
    path: Path,
    wait: float,
    progress: Progress | None = None,
) -> None:
    """Copy a whole database in steps; BusyError once a lock on either side was held for `wait` seconds.

    The standard library's `backup` tries a locked database again for ever, unless its callback raises. `path`
    is the file that can be locked. Whatever is raised, the target is rolled back.
    """
    page_size = source.execute("PRAGMA page_size").fetchone()[0]
    page_count = source.execute("PRAGMA page_count").fetchone()[0]
    moved = time.monotonic()

    def step(status: int, remaining: int, total: int) -> None:
        nonlocal moved
        if status & 0xFF in BUSY_CODES:
            waited = time.monotonic() - moved
            if waited >= wait:
                raise busy(doing="copy the database", path=path, waited=waited)
            return
        moved = time.monotonic()
        if progress is not None:
            progress(total - remaining, total)

    # At least two steps where there are two pages: after the first, the target is locked but not committed.
    pages = max(1, min(_STEP_BYTES // page_size, page_count - 1))
    source.backup(target, pages=pages, progress=step, sleep=0.01)


def content(connection: sqlite3.Connection) -> Content:
    """Read what two files must agree in; as bytes, because names need not be valid UTF-8."""

    def pragmas(*names: str) -> tuple[Any, ...]:
        return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)

    page_size, page_count = pragmas("page_size", "page_count")
    rows = connection.execute(
        "SELECT type, CAST(name AS BLOB), CAST(tbl_name AS BLOB), rootpage, CAST(sql AS BLOB) "
        "FROM sqlite_schema ORDER BY rowid"
    )
    header = pragmas("encoding", "user_version", "application_id", "auto_vacuum")
    # At least one page: a zero-byte database is copied to one.
    return Content(page_size, max(1, page_count), header, tuple(rows))


def publish(draft: Path, into: Path, names: Iterable[str]) -> Path:
    """Give a finished file its name for good: the first free one of `names`; nothing is ever overwritten.

    A hard link fails where anything has the name already, a dangling link included.
    """
    for name in names:
        final = into / name
        # SQLite would replay a stranger's -wal or -journal into our file.
        if any(lies_beside(final, ending) for ending in ("-wal", "-journal", "-shm")):
            continue
        try:
            os.link(draft, final, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if not _claimed(draft, final):
                continue
        sync_folder(into)
        return final
    raise FailedError("there is a file of that name already", code="exists", place=str(final))


def finished(draft: Path, like: os.stat_result) -> None:
    """Give a draft the mode, owner and group of the file it stands for, and sync it.

    Where the group cannot be the same one, its permissions are not given to another group.
    """
    mode = stat.S_IMODE(like.st_mode) & 0o777
    if hasattr(os, "chown"):
        owner = like.st_uid if os.geteuid() == 0 else -1
        try:
            os.chown(draft, owner, like.st_gid)
        except OSError:
            mode &= ~0o070
    # Safe to open: every connection to the draft is closed, and nobody else can reach it.
    descriptor = os.open(draft, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.chmod(mode)


def draft_copy(
    source: sqlite3.Connection, draft: Path, *, path: Path, wait: float, progress: Progress | None
) -> Faults:
    """Copy the database behind `source`, from file `path`, to a new file and prove that they agree.

    Ends the transaction of `source`, so that writers in rollback mode need not wait for the check.
    """
    begin_reading(source, wait)
    expected = content(source)
    need = expected.page_size * expected.page_count
    free = shutil.disk_usage(draft.parent).free
    if free < need:
        message = f"not enough space for the copy: it needs {need:,} bytes, and {free:,} are free"
        raise FailedError(message, code="disk-full", place=str(draft.parent.parent))
    # O_EXCL before SQLite opens it: a planted link would be followed.
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    target = sqlite3.connect(f"{draft.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0)
    with contextlib.closing(target):
        # A draft that breaks off is thrown away, and a whole one is synced by `finished`.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        copy_pages(source, target, path=path, wait=wait, progress=progress)
    source.execute("COMMIT")
    return _verified(source, draft, expected)


def _verified(source: sqlite3.Connection, draft: Path, expected: Content) -> Faults:
    """Check a copy as a file, without leaving anything beside it: immutable=1 makes no ``-wal``."""
    check = sqlite3.connect(f"{draft.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    with contextlib.closing(check):
        interruptible(check)
        if content(check) != expected:
            raise FailedError("the copy differs from the database", code="backup-differs", place=str(draft))
        faults = quick_check(check)
    if faults.damage and not quick_check(source).damage:
        message = f"the copy is damaged and the database is not: {faults.damage[0]}"
        raise FailedError(message, code="backup-damaged", place=str(draft), hint="check the disk")
    return faults


def _taken(  # noqa: PLR0913, PLR0917 - the two doors above, joined
    real: Path,
    into: Path,
    names: Iterable[str],
    wait: float,
    progress: Progress | None,
    prepare: Prepare | None,
) -> Backup:
    started = time.monotonic()
    source = open_reading(real, prepare=prepare, wait=wait)
    try:
        with contextlib.closing(source), private_folder(into) as folder:
            draft = folder / DRAFT
            faults = draft_copy(source, draft, path=real, wait=wait, progress=progress)
            finished(draft, real.stat())
            size = draft.stat().st_size
            final = publish(draft, into, names)
    except sqlite3.Error as error:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        raise translate(error, doing="take a backup", path=into if full else real) from error
    except OSError as error:
        raise translate_os(error, doing="take a backup", path=into) from error
    return Backup(final, size, time.monotonic() - started, faults.damage + faults.rows)


@contextlib.contextmanager
def folder_made(real: Path, folder: Path | None) -> Iterator[Path]:
    """Give the folder for backups, made if need be; the default one may not be a link that somebody planted.

    One that was made for nothing goes again: who is told that nothing was changed should find no new folder.
    """
    into = default_folder(real) if folder is None else folder
    if folder is None and into.is_symlink():
        hint = f"if that is what you want, say so: --backup-dir {into.readlink()}"
        raise FailedError("the folder for backups is a link", code="link", place=str(into), hint=hint)
    made = not into.is_dir()
    try:
        with translated(doing="make the folder for backups", path=into):
            if made:
                into.mkdir(mode=0o755, parents=folder is not None, exist_ok=True)
                sync_folder(into.parent)
            into = into.resolve(strict=True)
        yield into
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                into.rmdir()
        raise


def _stem(real: Path, folder: Path) -> str:
    """Name a database's backups so that no other database's backups in that folder can be taken for them.

    In its own default folder the stem is enough; anywhere else many a ``store.db`` may meet, and pruning one
    would delete the others' backups.
    """
    if folder.resolve() == default_folder(real):
        return real.stem
    return f"{real.stem}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:6]}"


def _claimed(draft: Path, final: Path) -> bool:
    """Name a file where there are no hard links (FAT, some network systems): claim the name, then replace it."""
    try:
        os.close(os.open(final, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    draft.replace(final)
    return True
