"""What a database is on disk: where it lies, what it is made of, who holds it, what stands beside it."""

from __future__ import annotations

import contextlib
import difflib
import errno
import os
import re
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconcile.errors import DatabaseFileError, FailedError, ReconcileError

if sys.platform != "win32":
    import fcntl

_PRIVATE = ".reconcile-tmp-"
_PRIVATE_NAME = re.compile(re.escape(_PRIVATE) + r"[a-z0-9_]{8}")  # as tempfile makes them
DRAFT = "draft"
"""The one name that is used inside a private folder, with SQLite's endings."""
_SUFFIXES = (".db", ".sqlite", ".sqlite3", ".db3")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What can be said of a database file without looking at a row.

    `size` is the main file in bytes, without ``-wal``; `journal_mode` is in SQLite's own words, in lower case;
    `auto_vacuum` is 0 none, 1 full, 2 incremental; `mode` are the permission bits (``0o644``); `device` and
    `inode` together say which file it is, whatever it is called.
    """

    path: Path
    size: int
    journal_mode: str
    page_size: int
    page_count: int
    encoding: str
    user_version: int
    application_id: int
    auto_vacuum: int
    mode: int
    device: int
    inode: int


class ImmutableConnection(sqlite3.Connection):
    """A reading connection to a WAL database that nobody here can write, not even its ``-wal`` and ``-shm``.

    SQLite itself reports such a file as in DELETE mode; the class is how `file_facts` knows better.
    """


def locate(path: Path) -> Path:
    """Find the regular file that a path leads to, links resolved; DatabaseFileError where there is none.

    SQLite looks for ``-wal`` and ``-journal`` beside the real file, not beside a link to it (3.10 and later).
    """
    try:
        facts = path.stat()
    except ValueError as error:  # a NUL character
        raise DatabaseFileError("this is no path", place=str(path)) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _missing(path) from error
    except OSError as error:
        raise translate_os(error, doing="find the database", path=path) from error
    if stat.S_ISDIR(facts.st_mode):
        names = _databases_in(path)
        hint = f"databases in it: {', '.join(names[:5])}" if names else "give the path of a database file"
        raise DatabaseFileError("this is a directory", code="directory", place=str(path), hint=hint)
    if not stat.S_ISREG(facts.st_mode):
        raise DatabaseFileError("this is not a regular file", code="not-a-database", place=str(path))
    return path.resolve()


def place_for_new(path: Path) -> Path:
    """Find where a database that does not exist yet would lie; DatabaseFileError if its folder is missing.

    Files of an earlier database of that name must be gone: SQLite would replay them into the new one.
    """
    real = path.parent.resolve() / path.name
    if not real.parent.is_dir():
        raise DatabaseFileError("its folder does not exist", code="missing", place=str(path))
    for ending in ("-wal", "-journal"):
        if lies_beside(real, ending):
            raise DatabaseFileError(
                f"there is no database here, but a {ending} file of one that was",
                code="left-over",
                place=str(companion(real, ending)),
                hint="it may hold committed rows: put the database back beside it, or move it away",
            )
    return real


def companion(real: Path, ending: str) -> Path:
    """Name the file that SQLite keeps beside a database: ``-wal``, ``-shm`` or ``-journal``."""
    return real.with_name(real.name + ending)


def lies_beside(real: Path, ending: str) -> bool:
    """Tell whether such a file is there, be it a dangling link."""
    return os.path.lexists(companion(real, ending))


def writable(path: Path) -> bool:
    """Tell whether we may write a file or make files in a folder; a read-only file system says no as well."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def file_facts(connection: sqlite3.Connection, path: Path) -> FileFacts:
    """Read what a database file is made of, by SQL and stat; in a transaction it is all of one moment."""

    def pragma(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    real = locate(path)
    facts = real.stat()
    (journal_mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    (encoding,) = connection.execute("PRAGMA encoding").fetchone()
    return FileFacts(
        path=real,
        size=facts.st_size,
        # An immutable connection calls every file "delete"; we open only WAL files so.
        journal_mode="wal" if isinstance(connection, ImmutableConnection) else str(journal_mode),
        page_size=pragma("page_size"),
        page_count=pragma("page_count"),
        encoding=str(encoding),
        user_version=pragma("user_version"),
        application_id=pragma("application_id"),
        auto_vacuum=pragma("auto_vacuum"),
        mode=stat.S_IMODE(facts.st_mode),
        device=facts.st_dev,
        inode=facts.st_ino,
    )


def lock_holders(path: Path) -> tuple[str, ...]:
    """Name the processes in our way: who holds a lock for writing, else who reads; nobody if we cannot know.

    Linux lists locks in /proc/locks by device and inode; in WAL mode a writer's stands on ``-shm``.
    """
    main, *others = (_lock_table_name(file) for file in (path, companion(path, "-shm")))
    try:
        rows = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError):
        return ()
    held = [(row[3], row[5], int(row[4])) for row in rows if len(row) == 8 and row[5] in {main, *others}]
    writers = {pid for kind, _, pid in held if kind == "WRITE" and pid > 0}
    readers = {pid for kind, file, pid in held if kind == "READ" and pid > 0 and file == main}
    ours = {os.getpid()}
    return tuple(_process(pid) for pid in sorted(writers - ours or readers - ours or writers))


def _lock_table_name(file: Path) -> str | None:
    try:
        facts = file.stat()
    except OSError:
        return None
    return f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}:{facts.st_ino}"


def _process(pid: int) -> str:
    if pid == os.getpid():
        return "this process"
    with contextlib.suppress(OSError):
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").rstrip("\n")
        return f"process {pid} ({name})"
    return f"process {pid}"


def translate_os(error: OSError, *, doing: str, path: Path) -> ReconcileError:
    """Say in words what the system's error means and what to do; the caller raises it."""
    what = error.strerror or str(error)
    code, hint = _OS_ERRORS.get(error.errno or 0, ("io-error", None))
    return FailedError(f"could not {doing}: {what}", code=code, place=str(error.filename or path), hint=hint)


_OS_ERRORS: dict[int, tuple[str, str | None]] = {
    errno.ENOSPC: ("disk-full", "free some space"),
    errno.EDQUOT: ("disk-full", "the quota is used up"),
    errno.EACCES: ("read-only", "run as a user who may use the file and its folder"),
    errno.EPERM: ("read-only", "run as a user who may use the file and its folder"),
    errno.EROFS: ("read-only", "the file system is read-only"),
    errno.ENAMETOOLONG: ("name-too-long", None),
}


@contextmanager
def private_folder(beside: Path) -> Iterator[Path]:
    """Make a fresh folder, open to us alone, inside `beside`; at the end it is removed with what is in it.

    Folders that dead runs left are removed first. A run that lives holds an flock on its folder, and the system
    drops that when the process dies, however it dies: a proof that works across containers and reused process
    ids. (It is a lock on the folder, never on a database.)
    """
    _sweep(beside)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PRIVATE, dir=beside))
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
            if not _held(folder, cleanup):
                continue
            yield folder
            return


def _held(folder: Path, cleanup: contextlib.ExitStack) -> bool:
    """Hold a folder's flock until `cleanup`; no if somebody took the folder for a dead run's before we could.

    Where folders cannot be locked (NFS, Windows) nobody can sweep either, so the folder is ours all the same.
    """
    if sys.platform == "win32":
        return True
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    cleanup.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return folder.exists()


def _sweep(beside: Path) -> None:
    """Remove our private folders whose run is provably over; what is in doubt stays."""
    for left in sorted(beside.glob(f"{_PRIVATE}*")):
        with contextlib.suppress(OSError), contextlib.ExitStack() as cleanup:
            if sys.platform == "win32" or not _PRIVATE_NAME.fullmatch(left.name):
                continue
            descriptor = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            cleanup.callback(os.close, descriptor)
            facts = os.fstat(descriptor)
            if facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) != 0o700:
                continue
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for ending in ("", "-journal", "-wal", "-shm"):
                (left / f"{DRAFT}{ending}").unlink(missing_ok=True)
            left.rmdir()  # fails, and leaves it, where there is anything that we never make


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a power cut."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows has no such thing, and needs none
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _missing(path: Path) -> DatabaseFileError:
    """Say that nothing is there, and what the user may have meant."""
    if path.is_symlink():
        message = f"this link leads to {path.readlink()}, which does not exist"
        return DatabaseFileError(message, code="missing", place=str(path))
    near = _databases_in(path.parent)
    close = difflib.get_close_matches(path.name, near, n=1, cutoff=0.5)
    if close:
        hint = f"did you mean '{path.parent / close[0]}'?"
    elif near:
        hint = f"databases in that folder: {', '.join(near[:5])}"
    else:
        hint = "check the path; `reconcile apply --create` makes a new database"
    return DatabaseFileError("no such database file", code="missing", place=str(path), hint=hint)


def _databases_in(folder: Path) -> list[str]:
    try:
        return sorted(file.name for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    except OSError:
        return []
