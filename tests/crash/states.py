"""What a database holds, and what was tried: read by a connection that knows nothing of reconcile."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class State:
    """A database's content; nothing at all where there is no file, or an empty one."""

    schema: tuple[tuple[object, ...], ...] = ()
    rows: tuple[tuple[str, tuple[object, ...]], ...] = ()
    history: tuple[tuple[object, ...], ...] = ()
    faults: tuple[object, ...] = ()


@dataclass(slots=True)
class Tried:
    """How often something was tried, and how it ended."""

    what: str
    points: int = 0
    old: int = 0
    new: int = 0
    bad: int = 0
    doubts: int = 0

    def __str__(self) -> str:
        doubts = f", {self.doubts} said that the state is not known" if self.doubts else ""
        return f"{self.what}: {self.points} points, {self.old} old, {self.new} new, {self.bad} bad{doubts}"


TRIED: list[Tried] = []


def look(store: Path) -> State:
    """Reopen a database in a copy of its files, so that nothing is mended where it lies."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("", "-wal", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(f"{store}{ending}", folder)
        with contextlib.closing(sqlite3.connect(Path(folder) / store.name)) as connection:
            return state_of(connection)


def state_of(connection: sqlite3.Connection) -> State:
    """Read everything; of the history what it says, and not when."""

    def ask(query: str) -> tuple[tuple[object, ...], ...]:
        return tuple(connection.execute(query).fetchall())

    schema = ask("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    tables = [name for kind, name, _, _ in schema if kind == "table" and not str(name).startswith("schema_version")]
    rows = tuple((str(name), ask(f"SELECT rowid, * FROM {name} ORDER BY rowid")) for name in tables)
    kept = ("table", "schema_version") in [row[:2] for row in schema]
    told = "SELECT version, description, rolled_back_at IS NULL FROM schema_version ORDER BY version"
    faults = [line for line in ask("PRAGMA integrity_check") if line != ("ok",)]
    return State(schema, rows, ask(told) if kept else (), (*faults, *ask("PRAGMA foreign_key_check")))


def backup_of_last_version(store: Path) -> Path | None:
    """Name the backup that the history's newest version says it took."""
    query = "SELECT backup FROM schema_version_reconcile ORDER BY version DESC LIMIT 1"
    with contextlib.closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version_reconcile'").fetchone():
            return None
        found = connection.execute(query).fetchone()
    return store.parent / found[0] if found and found[0] else None
