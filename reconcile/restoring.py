"""Rollback by restore: the file exactly as it was, with the history of what happened carried past it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from reconcile.apply.reporter import Reporter, Silent
from reconcile.applying import attach
from reconcile.database import backup as backups
from reconcile.database import restore as restores
from reconcile.database.connection import Prepare, open_reading, open_writing, translated
from reconcile.database.files import DRAFT, private_folder
from reconcile.database.inspect import engine, inspect
from reconcile.database.lock import begin_immediate, begin_reading, commit
from reconcile.errors import DataState, FailedError, ReconcileError, StaleError, UsageError
from reconcile.history.backups import identified, place_of
from reconcile.history.ledger import (
    Ledger,
    Record,
    Step,
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
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.plan.conversion import stored
from reconcile.plan.full_text import has_external_content
from reconcile.plan.restoration import SCHEMA
from reconcile.river import DEFAULT_HISTORY
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, fold, name, quote
from reconcile.version import VERSION


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into a table since a backup was taken, in rows."""

    table: str
    inserted: int
    deleted: int
    changed: int


@dataclass(frozen=True, slots=True)
class Restorable:
    """A version whose backup can be put back: the state *before* `version`; `written` is what would go.

    `undone` are the versions that stand since, oldest first.
    """

    version: int
    backup: Path
    written: tuple[Written, ...]
    undone: tuple[int, ...]


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
        backup = place_of(chosen, database) if chosen is not None else None
        if chosen is None or backup is None:
            nothing = "there is nothing to go back to"
            message = nothing if chosen is None else f"#{chosen.version} took no backup to go back to"
            raise UsageError(message, place=str(database), hint="reconcile history tells which versions have one")
        if not backup.is_file():
            hint = "put the backup back where it was; without it, rollback (without --restore) tells what is lost"
            message = f"the backup of #{chosen.version} is gone"
            raise FailedError(message, code="backup-gone", place=str(backup), hint=hint)
        identified(connection, ledger, chosen, backup)
        since = _standing_since(connection, ledger, chosen.version)
    undone = tuple(step for step in above if step.version >= chosen.version)
    return Restorable(chosen.version, backup, written_since(database, backup, undone), since)


def restore_version(
    database: Path,
    way: Restorable,
    *,
    wait: float = 30.0,
    now: datetime | None = None,
    reporter: Reporter | None = None,
) -> RestoredVersion:
    """Put the backup back, with a history that says what was undone.

    Raises what `restore` raises, and StaleError where others changed the history or the schema since `restorable`.
    """
    heard, moment = reporter or Silent(), now or datetime.now(UTC)
    undoing, numbers = _undoing(database, way), list[int]()

    def finish(safety: backups.Backup | None) -> None:
        try:
            # Between our reading and the lock somebody may have applied: what is there now is in the safety backup.
            if safety is not None and _undoing(safety.path, way) != undoing:
                raise _stale(way)
            numbers.append(_written_down(draft, database, undoing, safety, moment))
        except ReconcileError as error:
            error.data = DataState.UNTOUCHED  # what could not be written is our copy of the backup
            raise

    with _draft(database, way.backup, wait) as draft:
        done = restores.restore(
            database,
            draft,
            now=moment,
            wait=wait,
            progress=lambda copied, total: heard.step_progress("restore", copied, total),
            finish=finish,
        )
    return RestoredVersion(done.safety.path if done.safety else None, numbers[0], done.seconds)


@contextmanager
def _draft(database: Path, backup: Path, wait: float) -> Iterator[Path]:
    """Give a copy of a backup that is open to us alone: what is put back, history and all, is put back in one commit.

    Were the history written after it, a process killed in between would leave a database that does not say how it
    came to be, and whoever then tried again would go back one version more.
    """
    with (
        translated(doing="copy the backup", path=backup),
        backups.folder_made(database.resolve(), None) as into,
        private_folder(into) as folder,
    ):
        draft = folder / DRAFT
        with closing(open_reading(backup, wait=wait)) as reading:
            restores.sound(backups.draft_copy(reading, draft, path=backup, wait=wait, progress=None), backup)
        yield draft


@dataclass(frozen=True, slots=True)
class _Undoing:
    """What a restore undoes: the versions that stood since `version`, and the rows of the history that it takes."""

    version: int
    undone: tuple[int, ...]
    table: Name
    carried: dict[str, list[dict[str, object]]]
    before: Schema


def _undoing(database: Path, way: Restorable) -> _Undoing:
    """Read what a restore undoes; refuse one that would undo more, or other things, than were shown."""
    with closing(open_reading(database)) as connection:
        begin_reading(connection, 5.0)
        table = locate(connection) or name(DEFAULT_HISTORY)
        ledger = find(connection, table)
        if _standing_since(connection, ledger, way.version) != way.undone:
            raise _stale(way)
        carried = row_of(connection, ledger, way.version - 1)
        return _Undoing(way.version, way.undone, table, carried, inspect(connection, ledger.hidden))


def _standing_since(connection: sqlite3.Connection, ledger: Ledger, version: int) -> tuple[int, ...]:
    return tuple(sorted(step.version for step in standing(connection, ledger) if step.version >= version))


def _stale(way: Restorable) -> StaleError:
    message = f"the state before #{way.version} was to be restored, and another program has changed it meanwhile"
    return StaleError(message, hint="look at reconcile history, and roll back again if it is still wanted")


def _written_down(
    draft: Path, database: Path, undoing: _Undoing, safety: backups.Backup | None, moment: datetime
) -> int:
    """Write the history on from where it was: what was undone, and that it was."""
    started = time.monotonic()
    with closing(open_writing(draft)) as connection:
        begin_immediate(connection, 0.0)
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
            backup=_beside(safety.path, database) if safety else None,
            seconds=round((safety.seconds if safety else 0.0) + time.monotonic() - started, 3),
            reconcile_version=VERSION,
            sqlite_version=engine().text,
            schema_digest="",
        )
        number = record(connection, ledger, row, moment)
        mark_rolled_back(connection, ledger, undoing.undone, moment)
        commit(connection, 0.0)
    return number


def _carry(connection: sqlite3.Connection, carried: dict[str, list[dict[str, object]]]) -> None:
    """Write the rows of the undone versions again: a history that forgets would be none."""
    for table, rows in carried.items():
        for row in rows:
            columns = ", ".join(name(column).quoted for column in row)
            marks = ", ".join("?" for _ in row)
            statement = f"INSERT OR IGNORE INTO main.{name(table).quoted} ({columns}) VALUES ({marks})"
            connection.execute(statement, tuple(row.values()))


def _beside(path: Path, database: Path) -> str:
    folder = database.resolve().parent
    return str(path.resolve().relative_to(folder)) if path.resolve().is_relative_to(folder) else str(path.resolve())


def written_since(
    database: Path, backup: Path, undone: tuple[Step, ...], prepare: Prepare | None = None
) -> tuple[Written, ...]:
    """Count what a restore of `backup` would take away, by table; `undone` are the versions since, newest first.

    What those versions themselves renamed or converted is no writing: it is followed, or left out.
    """
    with closing(open_reading(database, prepare=prepare)) as connection:
        attach(connection, backup)
        begin_reading(connection, 5.0)
        ledger = find(connection, locate(connection) or name(DEFAULT_HISTORY))
        live = inspect(connection, ledger.hidden)
        found = [_written(connection, _traced(entry, undone)) for entry in live.of_kind(ObjectKind.TABLE)]
        found += [_written_virtual(connection, entry, undone) for entry in live.of_kind(ObjectKind.VIRTUAL)]
        return tuple(each for each in found if each.inserted or each.deleted or each.changed)


@dataclass(frozen=True, slots=True)
class _Trace:
    """A live table, what it was called then, and its columns: (now, then).

    `made` says, for columns that were converted since, what a value then became: as SQL over the columns of then.
    """

    now: Name
    then: Name
    columns: tuple[tuple[Name, Name], ...]
    made: dict[Name, str]


def _traced(entry: Entry, undone: tuple[Step, ...]) -> _Trace:
    """Follow a table and its columns back through the versions."""
    try:
        columns = [column for column in read_table(entry).columns if column.generated is None]
    except Unreadable:
        columns = []
    pairs, table = [(column.name, column.name) for column in columns], entry.name
    made: dict[Name, str] = {}
    for step in undone:
        here = [each for each in step.way_back.columns if fold(each[0]) == table.key]
        old_names = {fold(new): name(old) for _, new, old in here}
        using = {fold(column): using for own, column, using, _ in step.way_back.conversions if fold(own) == table.key}
        for now, then in pairs:
            if then.key in using:
                made[now] = using[then.key] or old_names.get(then.key, then).quoted
        pairs = [(now, old_names.get(then.key, then)) for now, then in pairs]
        table = next((name(old) for new, old in step.way_back.tables if fold(new) == table.key), table)
    kinds = {column.name: column.affinity for column in columns}
    return _Trace(entry.name, table, tuple(pairs), {now: stored(f"({sql}\n)", kinds[now]) for now, sql in made.items()})


def _written(connection: sqlite3.Connection, trace: _Trace) -> Written:
    query = "SELECT name FROM pragma_table_xinfo(?, ?) WHERE hidden = 0"
    then = {fold(row[0]) for row in connection.execute(query, (trace.then.text, SCHEMA))}
    if not then:
        return Written(trace.now.text, _count(connection, "main", trace.now), 0, 0)
    pairs = [(now.quoted, was.quoted) for now, was in trace.columns if was.key in then and now not in trace.made]
    keys = _keys(connection, trace)
    if not keys:
        counts = (_count(connection, "main", trace.now), _count(connection, SCHEMA, trace.then))
        return Written(trace.now.text, *counts, 0)
    try:
        return _compared(connection, trace, pairs, keys)
    except sqlite3.OperationalError:
        # What a version of several made of a value cannot be told from the first one's columns. Counted as it stands,
        # every converted row is a changed one: too many, and so asked about.
        plain = [(now.quoted, was.quoted) for now, was in trace.columns if was.key in then]
        return _compared(connection, replace(trace, made={}), plain, keys)


def _compared(
    connection: sqlite3.Connection, trace: _Trace, pairs: list[tuple[str, str]], keys: list[tuple[str, str]]
) -> Written:
    """Compare by key, values as they are or as they were made."""
    made = {now: quote(f"#{place}") for place, now in enumerate(trace.made)}
    computed = "".join(f", {sql} AS {made[now]}" for now, sql in trace.made.items())
    identity = ", ".join(dict.fromkeys(was for _, was in keys if was in ("rowid", "_rowid_", "oid")))
    columns = f"{identity + ', ' if identity else ''}*{computed}"
    then = f"{SCHEMA}.{trace.then.quoted}"
    # No subquery where it can be done without: in one a column called true loses its name.
    live, kept = (
        f"main.{trace.now.quoted} AS now",
        f"(SELECT {columns} FROM {then}) AS was" if made else f"{then} AS was",
    )
    match = " AND ".join(f"now.{now} = was.{was}" for now, was in keys)
    both = [*pairs, *((now.quoted, alias) for now, alias in made.items())]
    sides = [", ".join(f"+{side}.{pair[place]}" for pair in both) for place, side in enumerate(("now", "was"))]
    differ = f"({sides[0]}) IS NOT ({sides[1]})" if both else "0"
    inserted = f"SELECT count(*) FROM {live} WHERE NOT EXISTS (SELECT 1 FROM {kept} WHERE {match})"
    deleted = f"SELECT count(*) FROM {kept} WHERE NOT EXISTS (SELECT 1 FROM {live} WHERE {match})"
    changed = f"SELECT count(*) FROM {live} JOIN {kept} ON {match} WHERE {differ}"
    return Written(trace.now.text, *(connection.execute(each).fetchone()[0] for each in (inserted, deleted, changed)))


def _written_virtual(connection: sqlite3.Connection, entry: Entry, undone: tuple[Step, ...]) -> Written:
    """Count by numbers of rows only: what a module keeps cannot be compared row by row."""
    if has_external_content(entry):
        return Written(entry.name.text, 0, 0, 0)
    try:
        now = _count(connection, "main", entry.name)
        trace = _traced(entry, undone)
        there = connection.execute(
            f"SELECT 1 FROM {SCHEMA}.sqlite_schema WHERE name = ?", (trace.then.text,)
        ).fetchone()
        then = _count(connection, SCHEMA, trace.then) if there else 0
    except sqlite3.Error:
        return Written(entry.name.text, 0, 0, 0)  # its module is not here
    return Written(entry.name.text, max(0, now - then), max(0, then - now), 0)


def _count(connection: sqlite3.Connection, schema: str, table: Name) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {schema}.{table.quoted}").fetchone()[0])


def _keys(connection: sqlite3.Connection, trace: _Trace) -> list[tuple[str, str]]:
    """Give the columns that tell rows apart, (now, then): the primary key of then, else the rowids."""
    now_names = {was.key: now.quoted for now, was in trace.columns}
    query = "SELECT name FROM pragma_table_xinfo(?, ?) WHERE pk > 0 ORDER BY pk"
    key = [name(row[0]) for row in connection.execute(query, (trace.then.text, SCHEMA))]
    if key and all(column.key in now_names for column in key):
        return [(now_names[column.key], column.quoted) for column in key]
    both = (("main", trace.now), (SCHEMA, trace.then))
    rowids = [_rowid(connection, schema, table) for schema, table in both]
    return [(rowids[0], rowids[1])] if rowids[0] and rowids[1] else []


def _rowid(connection: sqlite3.Connection, schema: str, table: Name) -> str | None:
    query = "SELECT wr FROM pragma_table_list WHERE schema = ? AND name = ? COLLATE NOCASE"
    if connection.execute(query, (schema, table.text)).fetchone()[0]:
        return None
    taken = {
        fold(row[0]) for row in connection.execute("SELECT name FROM pragma_table_xinfo(?, ?)", (table.text, schema))
    }
    return next((each for each in ("rowid", "_rowid_", "oid") if each not in taken), None)
