"""Live database -> Schema, in a constant number of queries, whatever the number of tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from reconcile.errors import DamagedError
from reconcile.model.engine import OLDEST, Engine
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.create import Unreadable
from reconcile.sql.names import fold, name

_ENTRIES = """
    SELECT type, name, tbl_name, sql, rowid FROM main.sqlite_schema
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid
"""
_SHADOWS = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"
_STATISTICS = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name GLOB 'sqlite_stat[1-4]' ORDER BY name"
# What PRAGMAs say of every table, for comparison with our reading of its text (pragma.html, table_xinfo).
_COLUMNS = """
    SELECT m.name, x.name, x.type, x."notnull", x.pk, x.hidden
    FROM main.sqlite_schema AS m JOIN pragma_table_xinfo(m.name) AS x
    WHERE m.type = 'table' AND m.name IN (SELECT value FROM json_each(?)) ORDER BY m.name, x.cid
"""


def engine(connection: sqlite3.Connection | None = None) -> Engine:
    """Describe the SQLite of this process, and what a connection to it lets us do; nothing is written to find out."""
    return Engine(sqlite3.sqlite_version_info, connection is not None and _is_defensive(connection))


def _is_defensive(connection: sqlite3.Connection) -> bool:
    """Say whether the catalog cannot be edited, as in defensive mode.

    Newer versions ignore the pragma then, and reading it back tells; 3.40 takes it, and refuses to compile the UPDATE.
    """
    connection.execute("PRAGMA writable_schema = ON")
    try:
        connection.execute("EXPLAIN UPDATE main.sqlite_schema SET sql = sql WHERE 0").fetchall()
        return bool(connection.execute("PRAGMA writable_schema").fetchone() != (1,))
    except sqlite3.OperationalError as error:
        if "may not be modified" not in str(error):
            raise
        return True
    finally:
        connection.execute("PRAGMA writable_schema = OFF")


def supported(found: Engine) -> bool:
    """Say whether this SQLite has what reconcile needs (table_list, STRICT)."""
    return found.version >= OLDEST


def inspect(connection: sqlite3.Connection, hidden: Iterable[str] = ()) -> Schema:
    """Read the schema of `main`; tables whose folded names are in `hidden` (our history) are left out with all theirs.

    SQLite's own tables, autoindexes and the shadow tables of virtual tables are never taken for the user's.
    """
    try:
        return _read(connection, hidden)
    except (sqlite3.OperationalError, UnicodeDecodeError, TypeError) as error:
        unread = _no_text(connection)
        if unread is None:
            raise
        message = f"the schema cannot be read: the name or the definition of {unread}"
        hint = "keep the file as it is; make that object anew with the program that made it, or restore a backup"
        raise DamagedError(message, code="not-text", hint=hint) from error


def _read(connection: sqlite3.Connection, hidden: Iterable[str]) -> Schema:
    shadows = frozenset(fold(row[0]) for row in connection.execute(_SHADOWS))
    passed_over = frozenset(map(fold, hidden)) | shadows
    entries = tuple(
        Entry(_kind(type_, sql), name(own), name(table), sql)
        for type_, own, table, sql, _ in map(_texts, connection.execute(_ENTRIES))
        if fold(table) not in passed_over
    )
    return Schema(entries, shadows, tuple(row[0] for row in connection.execute(_STATISTICS)))


def _texts(row: tuple[str, str, str, str, int]) -> tuple[str, str, str, str, int]:
    """Refuse what is no text: SQLite runs a definition that is stored as a blob, or what stands before a zero byte."""
    if not all(isinstance(part, str) and "\0" not in part for part in row[:4]):
        raise TypeError
    return row


def _no_text(connection: sqlite3.Connection) -> str | None:
    """Name the object whose stored text is no text: Python's module refuses the whole row without saying which."""
    query = """SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB),
                      typeof(type) || typeof(name) || typeof(tbl_name) || replace(typeof(sql), 'null', 'text')
               FROM main.sqlite_schema"""
    for *parts, kinds in connection.execute(query):
        texts = [(part or b"").decode(errors="replace") for part in parts]
        if kinds != "text" * 4 or [text.encode() for text in texts] != [part or b"" for part in parts]:
            return f"{texts[0]} {texts[1]} is not UTF-8 text"
        if "\0" in "".join(texts):
            return f"{texts[0]} {texts[1]} has a zero byte in it, where SQLite stops reading"
    return None


def misread(connection: sqlite3.Connection, entries: Iterable[Entry]) -> dict[str, str]:
    """Compare our reading of tables with what SQLite says of them: folded name -> what differs.

    One query, for all of them. An empty result is the proof that the reader understood the texts as SQLite does.
    """
    import json  # noqa: PLC0415 - only plans with an altered table come here

    tables = [entry for entry in entries if entry.kind is ObjectKind.TABLE]
    said: dict[str, list[tuple[str, int, int]]] = {}
    for table, column, _, not_null, key, hidden in connection.execute(
        _COLUMNS, (json.dumps([entry.name.text for entry in tables]),)
    ):
        said.setdefault(fold(table), []).append((column, not_null, hidden * 1000 + key))
    out: dict[str, str] = {}
    for entry in tables:
        try:
            found = _as_said(entry)
        except Unreadable:
            continue  # refused by name where it matters
        if found != said.get(entry.name.key):
            out[entry.name.key] = f"PRAGMA table_xinfo says {said.get(entry.name.key)}, its text reads as {found}"
    return out


def _as_said(entry: Entry) -> list[tuple[str, int, int]]:
    table = read_table(entry)
    keys = [term.column for term in table.primary_key.terms] if table.primary_key else []
    out = []
    for column in table.columns:
        hidden = 0 if column.generated is None else 3 if column.generated.stored else 2
        key = keys.index(column.name) + 1 if column.name in keys else 0
        out.append((column.name.text, int(column.not_null), hidden * 1000 + key))
    return out


def _kind(type_: str, sql: str) -> ObjectKind:
    if type_ == "table":
        return ObjectKind.VIRTUAL if sql[:14].upper() == "CREATE VIRTUAL" else ObjectKind.TABLE
    try:
        return ObjectKind(type_)
    except ValueError:
        # SQLite itself goes by the text of an entry and lets such a row pass; what it is, nobody can say.
        message = f"the schema holds an entry of a kind that SQLite does not write: {type_!r}"
        hint = "the file is damaged, or was edited by hand; restore a backup"
        raise DamagedError(message, code="unknown-kind", hint=hint) from None
