"""Put a backup's content back into the live file, in one transaction, never by copying files.

A file copied or moved over a live database is undone, or mixed with the old one, by the ``-wal`` or ``-journal``
that stays beside it and by whoever has it open (sqlite-facts 5). The backup API writes through SQLite instead:
others see the old state or the new one, and a crash leaves the old one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reconcile.database.backup import (
    Backup,
    Progress,
    content,
    copy_pages,
    draft_copy,
    finished,
    publish,
    take,
)
from reconcile.database.connection import (
    OnWait,
    Patience,
    Prepare,
    open_reading,
    open_writing,
    patiently,
    translated,
)
from reconcile.database.files import DRAFT, file_facts, locate, place_for_new, private_folder
from reconcile.database.integrity import Faults, quick_check
from reconcile.database.lock import begin_immediate, begin_reading
from reconcile.errors import (
    BusyError,
    DamagedError,
    DatabaseFileError,
    DataState,
    FailedError,
    InterruptedByUserError,
    ReconcileError,
    UsageError,
    VerificationError,
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: from which backup, and where the state that it replaced is kept.

    `safety` is None only where nothing was there before. `size` is the restored database in bytes. `faults` are
    rows of the backup that break their own table's rules; they came along. `verified` is False only where another
    program wrote to the live database in the moment after, so that the two could no longer be compared.
    """

    path: Path
    source: Path
    safety: Backup | None
    size: int
    seconds: float
    faults: tuple[str, ...] = ()
    verified: bool = True


Finish = Callable[[Backup | None], None]
"""Writes into the backup, or into a copy of it, what only now can be known: where the state it replaces is kept."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What was asked for, with the backup opened for reading."""

    path: Path
    source: Path
    reading: sqlite3.Connection
    now: datetime
    folder: Path | None
    patience: Patience
    progress: Progress | None
    prepare: Prepare | None
    finish: Finish | None
    started: float


def restore(  # noqa: PLR0913 - the door of this room: each is named where it is called
    path: Path,
    source: Path,
    *,
    now: datetime,
    folder: Path | None = None,
    wait: float = 30.0,
    on_wait: OnWait | None = None,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
    finish: Finish | None = None,
) -> Restored:
    """Make the database at `path` equal to the backup `source`, after a backup of what is there now.

    The safety backup goes into `folder` (``backups`` beside the database), named by `now`; between it and the
    restore nobody can commit unseen, and `finish` is called. The journal mode of the live file stays; a missing
    file is built anew.
    Raises BusyError, FailedError (a damaged backup, no space, no permission), UsageError, DatabaseFileError,
    DamagedError, VerificationError; unless `data` says COMMITTED or NEEDS_YOU the old state is there.
    """
    started = time.monotonic()
    backup = locate(source)
    if path.exists() and path.samefile(backup):
        raise UsageError("the backup and the database are the same file", place=str(path))
    with contextlib.closing(_backup_opened(backup, prepare, wait)) as reading:
        patience = Patience(wait, on_wait)
        order = _Order(path, backup, reading, now, folder, patience, progress, prepare, finish, started)
        return _put_back(order) if os.path.lexists(path) else _built(order)


def _backup_opened(backup: Path, prepare: Prepare | None, wait: float) -> sqlite3.Connection:
    try:
        return open_reading(backup, prepare=prepare, wait=wait)
    except DamagedError as error:
        # DamagedError speaks of the database; this is about the backup.
        raise FailedError(error.message, code="backup-damaged", place=error.place, hint=_OTHER) from error


_OTHER = "nothing was changed; choose another backup"


def sound(faults: Faults, backup: Path) -> tuple[str, ...]:
    """Refuse a damaged backup; rows that merely break a rule were so when it was taken, and may come back."""
    if faults.damage:
        message = f"the backup is damaged: {faults.damage[0]}"
        raise FailedError(message, code="backup-damaged", place=str(backup), hint=_OTHER)
    return faults.rows


def _built(order: _Order) -> Restored:
    """Build a database where there is none: under another name first, so that nobody meets half of it."""
    real = place_for_new(order.path)
    with translated(doing="restore the database", path=real), private_folder(real.parent) as folder:
        draft = folder / DRAFT
        wait = order.patience.seconds
        if order.finish is not None:
            order.finish(None)
        faults = draft_copy(order.reading, draft, path=order.source, wait=wait, progress=order.progress)
        rows = sound(faults, order.source)
        finished(draft, order.source.stat())
        publish(draft, real.parent, (real.name,))
    return _told(order, real, None, rows)


def _put_back(order: _Order) -> Restored:
    """Write the backup's content into the file that is there."""
    real = locate(order.path)
    wait = order.patience.seconds
    landed = False
    moment: _Moment | None = None
    try:
        with translated(doing="restore the database", path=real), contextlib.ExitStack() as stack:
            begin_reading(order.reading, wait)
            rows = sound(quick_check(order.reading), order.source)
            live = stack.enter_context(contextlib.closing(_live_opened(order, real)))
            wal = stack.enter_context(_one_page_size(live, real, order))
            commits = stack.enter_context(_others_commits(real, wal=wal))
            moment = _safety_backup(live, real, order, commits)
            if order.finish is not None:
                order.reading.execute("COMMIT")  # or our own reading would be in the way of what is written now
                order.finish(moment.safety)
                begin_reading(order.reading, wait)
            guard = _guarded(order.progress, commits, moment, real)
            copy_pages(order.reading, live, path=real, wait=wait, progress=guard)
            landed = True
            verified = _verified(live, order, moment)
            if wal:
                # SQLite checkpoints after statements only; the -wal would stay as large as the database.
                live.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except (ReconcileError, KeyboardInterrupt) as error:
        told = error if isinstance(error, ReconcileError) else InterruptedByUserError("interrupted")
        if moment is not None and told.data is not DataState.NEEDS_YOU:
            told.data = DataState.COMMITTED if landed else _state_now(order, real, moment)
        if told is error:
            raise
        raise told from error
    return _told(order, real, moment.safety, rows, verified=verified)


def _state_now(order: _Order, real: Path, moment: _Moment) -> DataState:
    """Read whether the restore landed: an error, from the last sync of a commit, can come after it.

    SQLite's backup sets the version of the target's schema to one more than it was (sqlite3_backup_step).
    """
    try:
        # For writing: what broke off is then rolled back, as the next program would do.
        with contextlib.closing(open_writing(real, prepare=order.prepare, wait=order.patience.seconds)) as live:
            begin_reading(live, order.patience.seconds)
            if _schema_version(live) == moment.schema_version:
                return DataState.UNTOUCHED
            return DataState.COMMITTED if content(live) == content(order.reading) else DataState.NEEDS_YOU
    except (ReconcileError, sqlite3.Error):
        return DataState.NEEDS_YOU


def _live_opened(order: _Order, real: Path) -> sqlite3.Connection:
    try:
        return open_writing(real, prepare=order.prepare, wait=order.patience.seconds)
    except (DamagedError, DatabaseFileError) as error:
        error.hint = "move it away, with its -wal and -journal, and restore again: it is then built anew"
        raise


@contextmanager
def _one_page_size(live: sqlite3.Connection, real: Path, order: _Order) -> Iterator[bool]:
    """Yield whether the live file is in WAL mode while the restore runs; see that its mode is the same after.

    SQLite cannot change the page size of a WAL file (backup_finish: SQLITE_READONLY). Then, and only if nobody
    else is connected, the file is in DELETE mode meanwhile; a process killed in that time leaves it there.
    """
    was = file_facts(live, real)
    wal = was.journal_mode == "wal"
    if wal and was.page_size != file_facts(order.reading, order.source).page_size:
        try:
            _journal_mode(live, "delete", real, order.patience)
        except BusyError as error:
            error.hint = "the page sizes differ, so every program that has the database open must close it first"
            raise
        wal = False
    if not wal:
        # From the next lock on nothing is given back before we close: between the safety backup and the first
        # page there is no gap for a writer that waits (pragma.html#pragma_locking_mode).
        live.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    try:
        yield wal
    except BaseException:
        # What went wrong is the news; a lock that is still held must not hide it.
        with contextlib.suppress(sqlite3.Error, ReconcileError):
            _settled(live, real, was.journal_mode, Patience(0.0), wal=wal)
        raise
    _settled(live, real, was.journal_mode, order.patience, wal=wal)


def _settled(live: sqlite3.Connection, real: Path, mode: str, patience: Patience, *, wal: bool) -> None:
    """Give the locks back and put the journal mode back, as it was."""
    if wal:
        return
    # A backup of a WAL database brings WAL's mark along, and others must not come to see it.
    if file_facts(live, real).journal_mode == "wal":
        _journal_mode(live, "delete", real, patience)
    # Before WAL: switched to it under EXCLUSIVE, SQLite leaves the -journal behind (3.40.1).
    live.execute("PRAGMA locking_mode = NORMAL").fetchall()
    live.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    if mode == "wal":
        _journal_mode(live, "wal", real, patience)


def _journal_mode(live: sqlite3.Connection, mode: str, real: Path, patience: Patience) -> None:
    def switch() -> None:
        live.execute(f"PRAGMA journal_mode = {mode}").fetchall()

    patiently(switch, patience, doing="change the journal mode", path=real)


@contextmanager
def _others_commits(real: Path, *, wal: bool) -> Iterator[Callable[[], int]]:
    """Yield a number that changes whenever somebody commits in WAL mode (pragma.html#pragma_data_version)."""
    if not wal:  # our lock keeps everybody out
        yield lambda: 0
        return
    with contextlib.closing(open_reading(real)) as other:
        yield lambda: int(other.execute("PRAGMA data_version").fetchone()[0])


@dataclass(frozen=True, slots=True)
class _Moment:
    """The state that is replaced: its backup, its schema's version, and two counts of others' commits as they stood.

    `own` is the live connection's, which our own restore does not change, and `others` a second connection's.
    """

    safety: Backup
    schema_version: int
    own: int
    others: int


def _safety_backup(live: sqlite3.Connection, real: Path, order: _Order, commits: Callable[[], int]) -> _Moment:
    """Back up what is there, under the write lock.

    SQLite's backup wants its target outside of any transaction, so ours ends here. In rollback mode the lock
    stays (see `_one_page_size`); in WAL mode it does not, and `_guarded` sees whoever uses the gap.
    """
    begin_immediate(live, order.patience.seconds, order.patience.on_wait)
    try:
        own, others = _data_version(live), commits()
        schema_version = _schema_version(live)
        safety = take(
            real,
            now=order.now,
            folder=order.folder,
            wait=order.patience.seconds,
            progress=order.progress,
            prepare=order.prepare,
        )
    finally:
        live.execute("ROLLBACK")
    return _Moment(safety, schema_version, own, others)


def _guarded(progress: Progress | None, commits: Callable[[], int], moment: _Moment, real: Path) -> Progress:
    """Stop, before anything is committed, if somebody wrote since the safety backup: it would be lost unseen.

    At the first step the live file is locked and our own commit is still to come.
    """
    steps = 0

    def step(done: int, total: int) -> None:
        nonlocal steps
        steps += 1
        if steps == 1 and commits() != moment.others and done < total:
            message = "another program wrote to the database between its safety backup and the restore"
            raise BusyError(message, code="raced", place=str(real), hint="stop that program and try again")
        if progress is not None:
            progress(done, total)

    return step


def _verified(live: sqlite3.Connection, order: _Order, moment: _Moment) -> bool:
    """Compare schema, header, structure and every table's number of rows with the backup.

    The values themselves were copied page by page, and SQLite reports a page that it could not write; this finds
    what went wrong beside that. A read of every value would cost more than the restore.
    """
    begin_reading(live, order.patience.seconds)
    try:
        faults = quick_check(live)
        same = _counted(live) == _counted(order.reading) and content(live) == content(order.reading)
        if same and not faults.damage:
            return True
        if _data_version(live) != moment.own:
            return False
    finally:
        live.execute("COMMIT")
    raise VerificationError(
        "the restored database differs from the backup",
        place=str(order.path),
        hint=f"what was there before is in {moment.safety.path}",
        data=DataState.NEEDS_YOU,
    )


def _counted(connection: sqlite3.Connection) -> tuple[tuple[str, int], ...]:
    """Count the rows of every table that has pages of its own; virtual tables keep theirs in such."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    ).fetchall()
    quoted = ((name, name.replace('"', '""')) for (name,) in names)
    return tuple((name, connection.execute(f'SELECT count(*) FROM "{sql}"').fetchone()[0]) for name, sql in quoted)


def _data_version(connection: sqlite3.Connection) -> int:
    """Tell how often others' commits were seen; our own, a restore among them, do not count (3.40.1)."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA schema_version").fetchone()[0])


def _told(
    order: _Order, real: Path, safety: Backup | None, rows: tuple[str, ...], *, verified: bool = True
) -> Restored:
    seconds = time.monotonic() - order.started
    return Restored(real, order.source, safety, real.stat().st_size, seconds, rows, verified)
