"""Read values so that nothing two values differ in is lost: storage class, bytes, the sign of zero, NUL in text."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .model import Schema, Table, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = tuple[str, object]
MEMORY = "/dev/shm"  # noqa: S108 - only mkdtemp's own folder in it is used


@contextmanager
def scratch_file(image: bytes = b"") -> Iterator[Path]:
    """Give a file with these bytes for a while, in memory where there is such a folder."""
    folder = MEMORY if Path(MEMORY).is_dir() else None
    with tempfile.TemporaryDirectory(prefix="reconcile-property-", dir=folder) as name:
        path = Path(name) / "scratch.db"
        path.write_bytes(image)
        yield path


def quick(connection: sqlite3.Connection) -> None:
    """Let a scratch connection forget about crashes."""
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")


@contextmanager
def opened(source: bytes | Path) -> Iterator[sqlite3.Connection]:
    """Open an image as a scratch file, or a file read-only, and close it again."""
    with ExitStack() as stack:
        if isinstance(source, bytes):
            source = stack.enter_context(scratch_file(source))
        target = f"{source.absolute().as_uri()}?mode=ro"
        connection = stack.enter_context(closing(sqlite3.connect(target, uri=True, isolation_level=None)))
        connection.text_factory = bytes
        yield connection


def texts(connection: sqlite3.Connection, sql: str) -> list[tuple]:
    """Run a query whose texts are names and SQL."""
    connection.text_factory = str
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.text_factory = bytes


def value_of(kind: bytes, value: object) -> Value:
    """Give a value in a form in which equal means the same storage class and the same bytes."""
    if isinstance(value, float):
        return (kind.decode(), struct.pack(">d", value))
    return (kind.decode(), value)


def rows_of(connection: sqlite3.Connection, table: Table, *, rowid: bool) -> Counter[tuple[Value, ...]]:
    """Give all rows of a table, columns in the order of their hidden ids, the rowid first where asked for."""
    columns = sorted(table.columns, key=lambda column: column.id)
    names = [quoted(column.name) for column in columns]
    if rowid and table.rowid_name:
        names.insert(0, table.rowid_name)
    select = ", ".join(f"typeof({name}), {name}" for name in names)
    found = connection.execute(f"SELECT {select} FROM {quoted(table.name)} NOT INDEXED").fetchall()
    return Counter(tuple(value_of(row[at], row[at + 1]) for at in range(0, len(row), 2)) for row in found)


def sequences_of(connection: sqlite3.Connection) -> dict[str, int]:
    """Give the high-water marks, folded by name; no row and 0 mean the same."""
    if not texts(connection, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
        return {}
    found = texts(connection, "SELECT name, seq FROM sqlite_sequence")
    return {name.lower(): seq for name, seq in found if seq}


def integrity_of(connection: sqlite3.Connection) -> set[str]:
    """Give what integrity_check complains about, but for NULL alarms: 3.40 raises false ones on WITHOUT ROWID."""
    found = {row[0] for row in texts(connection, "PRAGMA integrity_check")}
    return {line for line in found if not line.startswith("NULL value in ")} - {"ok"}


def compare_rows(
    schema: Schema, wanted: sqlite3.Connection, found: sqlite3.Connection, *, rowids: bool = True
) -> list[str]:
    """Say every difference in rows, rowids, sequences and soundness between two databases of one schema."""
    said = []
    for table in schema.tables:
        expected, actual = rows_of(wanted, table, rowid=rowids), rows_of(found, table, rowid=rowids)
        if expected != actual:
            missing, extra = list((expected - actual).elements()), list((actual - expected).elements())
            said.append(f"rows of {table.name!r}: missing {missing[:3]}, instead {extra[:3]}")
    if sequences_of(wanted) != sequences_of(found):
        said.append(f"sqlite_sequence: {sequences_of(wanted)} expected, {sequences_of(found)} found")
    return said + [f"integrity: {line}" for line in sorted(integrity_of(found) - integrity_of(wanted))]
