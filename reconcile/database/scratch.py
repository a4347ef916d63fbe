"""Scratch: an in-memory database that loads any schema, so that SQLite itself says what a text means.

Missing functions and collations are registered as stubs. A virtual table whose module is not loaded enters as a row
of the catalog: it can be named, not read. Nothing here ever holds a row of the user's.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconcile.model.reading import read_body
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.plan.full_text import has_external_content
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, quote

Prepare = Callable[[sqlite3.Connection], None]

_MISSING_FUNCTION = re.compile(r"no such function: (\S+)|wrong number of arguments to function (\S+)\(\)")
_MISSING_COLLATION = re.compile(r"no such collation sequence: (.+)")
_MISSING = re.compile(r"(?:no such|unknown) function: ([^\s()]+)|no such collation sequence: (.+)")
_ATTEMPTS = 64
_TYPES = {ObjectKind.VIEW: "view", ObjectKind.TRIGGER: "trigger"}
_AT_ONCE = 128  # entries

_Row = tuple[str, str, str, int, str | None]
"""Of sqlite_schema: type, name, tbl_name, rootpage, sql."""


@dataclass(slots=True)
class Scratch:
    """An open in-memory database. `refused` are the entries that this SQLite cannot create, with its words.

    `functions` and `collations` are the stubs.
    """

    connection: sqlite3.Connection
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    collations: set[str] = field(default_factory=set)

    def close(self) -> None:
        """Close it; what it held is gone."""
        self.connection.close()

    def execute(self, sql: str) -> sqlite3.Cursor:
        """Execute a statement, registering stubs for what is missing until it is accepted."""
        for _ in range(_ATTEMPTS):
            try:
                return self.connection.execute(sql)
            except sqlite3.Error as error:
                if not self._stub(str(error)):
                    raise
        return self.connection.execute(sql)

    def execute_as_live(self, sql: str) -> sqlite3.Cursor:
        """Execute a statement without any stub: what is missing here is missing in the live file."""
        for function in self.functions:
            # create_function(…, None) would leave one that raises (Python 3.11); this is the same slot of SQLite's.
            self.connection.create_window_function(function, -1, None)
        for collation in self.collations:
            self.connection.create_collation(collation, None)
        self.functions.clear()
        self.collations.clear()
        return self.connection.execute(sql)

    def load(self, schema: Schema) -> None:
        """Create every entry of a schema, in one transaction."""
        try:
            self._load_at_once(schema)
        except sqlite3.Error:  # something cannot be created: one by one they say which
            self.connection.execute("ROLLBACK")
            self._load_patiently(schema)

    def _load_at_once(self, schema: Schema) -> None:
        """Load a schema while sqlite_schema stays short: SQLite scans the whole of it for every CREATE.

        What was created is taken out of it meanwhile, root pages and all, and is put back in the end, together with
        the views and triggers, which have no page. 5,000 tables with a trigger each took 0.6 s, and one by one 5 s.
        """
        made: list[_Row] = []
        self.connection.execute("BEGIN")
        with_pages = tuple(entry for entry in schema.entries if entry.kind not in _TYPES)
        for start in range(0, len(with_pages), _AT_ONCE):
            for entry in with_pages[start : start + _AT_ONCE]:
                self.execute(entry.sql)
            if len(with_pages) > _AT_ONCE:
                made += self._taken_out()
        made += ((_TYPES[e.kind], e.name.text, e.table.text, 0, e.sql) for e in schema.of_kind(*_TYPES))
        if made:
            self._as_catalog_rows(made)
        self._as_analysed(schema.statistics)
        self.connection.execute("COMMIT")

    def _load_patiently(self, schema: Schema) -> None:
        self.connection.execute("BEGIN")
        for entry in schema.entries:
            try:
                self.execute(entry.sql)
            except sqlite3.Error as error:
                self.refused.append((entry, str(error)))
                if entry.kind is ObjectKind.VIRTUAL:
                    self._as_catalog_rows([("table", entry.name.text, entry.name.text, 0, entry.sql)])
        self._as_analysed(schema.statistics)
        self.connection.execute("COMMIT")

    def _taken_out(self) -> list[_Row]:
        """Empty the catalog; what stood there is still known to this connection, and can be built upon."""
        rows = self.connection.execute("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid")
        found = rows.fetchall()
        self.connection.execute("PRAGMA writable_schema = ON")
        self.connection.execute("DELETE FROM sqlite_schema")
        self.connection.execute("PRAGMA writable_schema = OFF")
        return found

    def _as_catalog_rows(self, rows: Iterable[_Row]) -> None:
        self.connection.execute("PRAGMA writable_schema = ON")
        self.connection.executemany("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", rows)
        self.connection.execute("PRAGMA writable_schema = RESET")
        self.connection.execute("SELECT 1 FROM sqlite_schema LIMIT 0")  # what cannot be read is told now

    def _as_analysed(self, statistics: tuple[str, ...]) -> None:
        """Make ANALYZE's tables, empty: their names are reserved, and this SQLite may not know all of them."""
        if statistics:
            self.connection.execute("PRAGMA writable_schema = ON")
            for table in statistics:
                self.connection.execute(f"CREATE TABLE {table} (tbl, idx)")
            self.connection.execute("PRAGMA writable_schema = OFF")

    def _stub(self, message: str) -> bool:
        found = _MISSING_FUNCTION.search(message)
        if found:
            # Deterministic, or an index on an expression and a generated column would refuse it.
            called = found[1] or found[2]
            self.connection.create_function(called, -1, _nothing, deterministic=True)
            if found[1]:  # taken away again, the stub of one with other arguments would hide the one that is there
                self.functions.add(called)
            return True
        found = _MISSING_COLLATION.search(message)
        if found:
            self.connection.create_collation(found[1], _bytewise)
            self.collations.add(found[1])
            return True
        return False


def lacked(error: sqlite3.Error) -> str | None:
    """Say which function or collation a statement that failed wants and this connection lacks; None: it is no such."""
    found = _MISSING.search(str(error))
    if found is None:
        return None
    return f"function {found[1]}" if found[1] else f"collation {found[2]}"


def open_scratch(prepare: Prepare | None = None) -> Scratch:
    """Open an empty scratch database, with the application's own functions and collations where it gives them."""
    # No cache of statements: an EXPLAIN that was prepared before a change never notices it, since nothing runs that
    # would compare the schema's version, and would call a view sound that is broken now.
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
    connection.execute("PRAGMA foreign_keys = OFF")
    if prepare is not None:
        prepare(connection)
    return Scratch(connection)


def compiles(scratch: Scratch, schema: Schema, entry: Entry) -> str | None:
    """Say why a view, a trigger or a full-text table cannot be used (SQLite's words); None where it can.

    A trigger compiles with every statement that would fire it; EXPLAIN compiles and runs nothing. A full-text table
    looks for its content only when it is read.
    """
    if entry.kind is ObjectKind.VIRTUAL:
        return _unread(scratch, entry) if has_external_content(entry) else None
    for statement in _uses(schema, entry):
        try:
            scratch.execute(f"EXPLAIN {_filled(scratch.connection, statement, entry.table)}")
        except sqlite3.Error as error:
            return str(error)
    return None


def _unread(scratch: Scratch, entry: Entry) -> str | None:
    try:
        scratch.execute(f"SELECT * FROM {entry.name.quoted} LIMIT 1").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return None


def _uses(schema: Schema, entry: Entry) -> list[str]:
    """List the statements that compile a view or fire a trigger."""
    if entry.kind is ObjectKind.VIEW:
        return [f"SELECT * FROM {entry.name.quoted}"]
    if entry.kind is not ObjectKind.TRIGGER or schema.relation(entry.table) is None:
        return []
    try:
        head = read_body(entry).head.key
    except Unreadable:
        return []
    if "update" in head:
        return [f"UPDATE {entry.table.quoted} SET {{assignments}}"]
    return [f"{'INSERT INTO' if 'insert' in head else 'DELETE FROM'} {entry.table.quoted}{{values}}"]


def _filled(connection: sqlite3.Connection, statement: str, table: Name) -> str:
    """Fill in the columns that an UPDATE needs to compile every trigger on it, and the values of an INSERT."""
    if "{assignments}" in statement:
        query = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0"
        columns = [quote(row[0]) for row in connection.execute(query, (table.text,))]
        assignments = ", ".join(f"{column} = {column}" for column in columns)
        return statement.replace("{assignments}", assignments)
    return statement.replace("{values}", " DEFAULT VALUES" if statement.startswith("INSERT") else "")


def _nothing(*_: object) -> None:
    return None


def _bytewise(a: str, b: str) -> int:
    return (a > b) - (a < b)
