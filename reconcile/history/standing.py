"""Standing: a database that is as its last version left it is known by two digests, without planner or parser.

This is what nearly every run finds, so it must stay cheap to import: no schema is made of the rows of sqlite_schema.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconcile.database.connection import Prepare, open_reading, translated
from reconcile.database.lock import begin_reading
from reconcile.model.fingerprint import digest
from reconcile.sql.names import fold, quote

Row = tuple[str, str, str, str | None]
"""Of sqlite_schema: type, name, tbl_name, sql."""

_TEXTS = (".yaml", ".yml", ".sql")
_OURS = ("live_before", "schema_digest", "fingerprint_after", "rolled_back_at")
_VIRTUAL = "CREATE VIRTUAL"
_WAIT = 5.0  # seconds that a reading command waits for a lock


@dataclass(frozen=True, slots=True)
class Standing:
    """The last version, where file and database are exactly as it left them.

    `live` are the user's objects as rows of kind, name, table and text; `beside` is the name of reconcile's own table.
    """

    version: int
    live: tuple[list[str], ...]
    beside: str


def in_sync(database: Path, schema: Path, prepare: Prepare | None = None) -> int | None:
    """Give the last version where file and database are exactly as it left them, reading only; else None."""
    with _opened(database, prepare) as connection:
        found = standing(connection, schema)
        return found.version if found is not None else None


def in_sync_and_whole(database: Path, schema: Path, prepare: Prepare | None = None) -> int | None:
    """Give the last version as `in_sync` does, where the file also speaks of everything that is there.

    It must do so in the same words and order. None says nothing: the planner knows whether, and what, is unmanaged.
    """
    from reconcile.sql.alike import alike  # noqa: PLC0415 - a check does not ask

    with _opened(database, prepare) as connection:
        found = standing(connection, schema)
        if found is None:
            return None
        query = f"SELECT managed FROM main.{quote(found.beside)} WHERE version = ?"
        (managed,) = connection.execute(query, (found.version,)).fetchone()
    texts = {(kind, fold(name)): sql for kind, name, _, sql in json.loads(managed)}
    told = (alike(texts.get((kind, fold(name)), ""), sql) for kind, name, _, sql in found.live)
    return found.version if len(texts) == len(found.live) and all(told) else None


@contextmanager
def _opened(database: Path, prepare: Prepare | None) -> Iterator[sqlite3.Connection]:
    with (
        translated(doing="read the database", path=database),
        closing(open_reading(database, prepare=prepare, wait=_WAIT)) as connection,
    ):
        begin_reading(connection, _WAIT)
        yield connection


def standing(connection: sqlite3.Connection, schema: Path) -> Standing | None:
    """Compare one digest of the schema file and one of sqlite_schema with what the last version left behind.

    What was in sync then is in sync now: a plan is made from nothing else, but for rows that only changes ask about.
    """
    if schema.suffix.lower() not in _TEXTS:
        return None
    try:
        schema_digest = hashlib.sha256(schema.read_bytes()).hexdigest()
    except OSError:
        return None  # load_desired says it better
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY rowid").fetchall()
    history = _history(rows)
    if history is None:
        return None
    beside = f"{history}_reconcile"
    found = connection.execute(
        f"""SELECT version, schema_digest, fingerprint_after FROM main.{quote(beside)}
            WHERE rolled_back_at IS NULL ORDER BY version DESC LIMIT 1"""
    ).fetchone()
    if found is None or found[1] != schema_digest:
        return None
    live = users(connection, rows, history)
    return Standing(found[0], live, beside) if found[2] == digest(live) else None


def users(connection: sqlite3.Connection, rows: Iterable[Row], history: str) -> tuple[list[str], ...]:
    """Give the rows of `inspect(connection)`, sorted, of which `digest` makes its fingerprint.

    Only where there is a virtual table is SQLite asked for the tables that are its own: that costs more than all else.
    """
    rows = tuple(rows)
    hidden = {fold(history), f"{fold(history)}_reconcile"}
    if any(sql is not None and sql[:14].upper() == _VIRTUAL for _, _, _, sql in rows):
        shadows = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"
        hidden |= {fold(name) for (name,) in connection.execute(shadows)}
    theirs = [
        ["virtual table" if type_ == "table" and sql[:14].upper() == _VIRTUAL else type_, name, table, sql]
        for type_, name, table, sql in rows
        if sql is not None and name[:7].lower() != "sqlite_" and fold(table) not in hidden
    ]
    return tuple(sorted(theirs))


def _history(rows: Iterable[Row]) -> str | None:
    """Find the name of the history by the table that reconcile keeps beside it."""
    for type_, name, _, sql in rows:
        if type_ == "table" and name.lower().endswith("_reconcile") and all(c in (sql or "") for c in _OURS):
            return name[: -len("_reconcile")]
    return None
