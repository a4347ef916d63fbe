"""Guard: what a statement of ours may do, held by SQLite itself while it prepares it (c3ref/set_authorizer.html).

The schema and the expressions are other people's. So reading only reads, a step writes only what its own text names,
and no trigger of the user's fires because of us. ``PRAGMA trusted_schema = OFF`` would be a further net, and is none:
under it SQLite 3.40 calls every schema with ``->>`` in a CHECK or a generated column malformed, and the functions that
an application registers from Python cannot be marked innocuous.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from reconcile.sql.names import fold, unquote
from reconcile.sql.tokens import tokens

_WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA})
_OTHER_FILES = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
_OTHER_CODE = frozenset({"load_extension", "fts3_tokenizer"})


@contextmanager
def only_reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Let nothing but reads be prepared, and no recursive query: in an expression of the author's it may never end."""

    def allow(action: int, _: str | None, second: str | None, *__: str | None) -> int:
        if action not in _READS or (action == sqlite3.SQLITE_FUNCTION and second in _OTHER_CODE):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    connection.set_authorizer(allow)
    try:
        yield
    finally:
        connection.set_authorizer(None)


@contextmanager
def only_what_it_names(connection: sqlite3.Connection, sql: str) -> Iterator[set[str]]:
    """Let a step's statement write to the tables that its own text names, and to none through a trigger.

    SQLite's own tables and the shadow tables of a virtual table that is named belong to what is named. EXPLAIN
    compiles, and runs nothing. Gives a set that gets the folded names of the tables that are written to; what DROP
    TABLE and ALTER TABLE do by themselves is not told.
    """
    written: set[str] = set()
    found = tokens(sql)
    first = found[0].word if found else ""
    named = frozenset(fold(unquote(token.text)) for token in found if token.kind in ("word", "quoted", "string"))

    def allow(action: int, table: str | None, second: str | None, _: str | None, source: str | None) -> int:
        if action in _OTHER_FILES or (action == sqlite3.SQLITE_FUNCTION and second in _OTHER_CODE):
            return sqlite3.SQLITE_DENY
        if action in _WRITES and first != "EXPLAIN" and (source is not None or not _belongs(fold(table or ""), named)):
            return sqlite3.SQLITE_DENY
        if action in _WRITES:
            written.add(fold(table or ""))
        return sqlite3.SQLITE_OK

    connection.set_authorizer(allow)
    try:
        yield written
    finally:
        connection.set_authorizer(None)


def _belongs(table: str, named: frozenset[str]) -> bool:
    if table in named or table.startswith("sqlite_"):
        return True
    parts = table.split("_")
    return any("_".join(parts[:end]) in named for end in range(1, len(parts)))
