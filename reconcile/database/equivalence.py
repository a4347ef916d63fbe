"""Equivalence: texts whose tokens differ, compiled on a scratch clone. Equal bytecode is equal meaning.

EXPLAIN prints a real at 16 digits and cuts a blob at a NUL, so those literals are compared by their values. A view
must also name and type its columns alike. What is proven keeps its live words, and is no change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from typing import assert_never

from reconcile.database.scratch import Prepare, Scratch, open_scratch
from reconcile.diff.adopt import Adopted, Ownership, adopt
from reconcile.diff.candidates import Bodies, Doubt, Expressions, doubts
from reconcile.model.pair import Pair
from reconcile.model.reading import read_body
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import quote
from reconcile.sql.text import spelled
from reconcile.sql.tokens import tokens

_VIEW = quote("reconcile equivalence")
_Program = tuple[object, ...]


def adopt_proven(desired: Schema, actual: Schema, ownership: Ownership, prepare: Prepare | None = None) -> Adopted:
    """Put the target together (see `adopt`), in the live words wherever SQLite reads both alike.

    No scratch database is opened where all texts that differ are known to differ.
    """
    plain = adopt(desired, actual, ownership)
    asked = doubts(Pair(actual, plain.target))
    if not asked:
        return plain
    proven = equivalent(actual, asked, prepare)
    settled = adopt(desired, actual, ownership, proven)
    if not proven or settled.target.entries == actual.entries:
        return settled
    # Something else changes too. A text that meant the same until now, `SELECT *` for one, may not do so afterwards.
    return adopt(desired, actual, ownership, equivalent(plain.target, proven, prepare))


def equivalent(schema: Schema, asked: Collection[Doubt], prepare: Prepare | None = None) -> frozenset[Doubt]:
    """Give those pairs of texts that mean the same in this schema."""
    schema = schema.with_entries(_needed(schema, asked))
    with closing(open_scratch(prepare)) as scratch:
        # A blob in the bytecode is shown as it is, and need not be UTF-8.
        scratch.connection.text_factory = lambda data: data.decode(errors="surrogateescape")
        scratch.load(schema)
        return frozenset(doubt for doubt in asked if _equal(scratch, schema, doubt))


def _needed(schema: Schema, asked: Collection[Doubt]) -> Iterator[Entry]:
    """Yield what has to be there: an expression needs its own table alone, and loading a thousand takes a second."""
    tables = {doubt.table for doubt in asked if isinstance(doubt, Expressions)}
    whole = any(isinstance(doubt, Bodies) for doubt in asked)
    return (entry for entry in schema.entries if whole or (entry.kind is ObjectKind.TABLE and entry.name in tables))


def _equal(scratch: Scratch, schema: Schema, doubt: Doubt) -> bool:
    match doubt:
        case Expressions():
            over = f" FROM {doubt.table.quoted} NOT INDEXED" if doubt.table else ""
            return _alike(scratch, doubt.texts, lambda text: _expression(scratch, text, over))
        case Bodies(entries):
            return _bodies_equal(scratch, schema, entries)
        case _:
            assert_never(doubt)


def _bodies_equal(scratch: Scratch, schema: Schema, entries: Pair[Entry]) -> bool:
    texts = Pair(*(read_body(entry).body.text for entry in (entries.old, entries.new)))
    if entries.new.kind is ObjectKind.VIEW:
        found = Pair(_view(scratch, entries.old), _view(scratch, entries.new))
    else:
        found = Pair(_trigger(scratch, entries.old), _trigger(scratch, entries.new))
        _restore(scratch, schema, entries.new)
    if found.old is None and found.new is None:
        # Broken, or over a module that is not loaded: there are only the tokens to go by. Those of a trigger were
        # compared before; in a view every letter that is no keyword may be one of a column's name.
        return entries.new.kind is ObjectKind.VIEW and spelled(entries.old.sql) == spelled(entries.new.sql)
    return found.old == found.new and _literals(scratch, texts.old) == _literals(scratch, texts.new)


def _alike(scratch: Scratch, texts: Pair[str], program: Callable[[str], _Program | None]) -> bool:
    old = program(texts.old)
    return (
        old is not None and old == program(texts.new) and _literals(scratch, texts.old) == _literals(scratch, texts.new)
    )


def _expression(scratch: Scratch, text: str, over: str) -> _Program | None:
    # The comparison shows the affinity and the collation; without an index, or an index on the one text would be
    # read in its place. The line ends, or a comment in the text would swallow the parenthesis.
    return _program(scratch, f"SELECT ({text}\n), ({text}\n) > x''{over}")


def _view(scratch: Scratch, entry: Entry) -> _Program | None:
    body = read_body(entry)
    columns = f" ({', '.join(name.quoted for name in body.columns)})" if body.columns else ""
    try:
        scratch.execute(f"CREATE TEMP VIEW {_VIEW}{columns} AS {body.body.text}")
    except sqlite3.Error:
        return None
    try:
        names = scratch.execute(f"PRAGMA temp.table_xinfo({_VIEW})").fetchall()
        compared = ", ".join(f"{_VIEW}.{quote(row[1])} > x''" for row in names)
        programs = [_program(scratch, f"SELECT {what} FROM {_VIEW}") for what in ("*", compared)]
    except sqlite3.Error:
        return None
    finally:
        scratch.execute(f"DROP VIEW temp.{_VIEW}")
    return None if None in programs else (tuple(names), *programs)


def _trigger(scratch: Scratch, entry: Entry) -> _Program | None:
    try:
        # Both texts are created last, or the one that stands already would fire at another place.
        scratch.execute(f"DROP TRIGGER IF EXISTS {entry.name.quoted}")
        scratch.execute(entry.sql)
        programs = [_program(scratch, statement) for statement in _firing(scratch, entry)]
    except sqlite3.Error:
        return None
    return None if None in programs else tuple(programs)


def _restore(scratch: Scratch, schema: Schema, entry: Entry) -> None:
    """Put back the trigger of the schema: what follows is asked in the schema as it is."""
    own = schema.get(entry)
    scratch.execute(f"DROP TRIGGER IF EXISTS {entry.name.quoted}")
    if own is not None and all(own is not refused for refused, _ in scratch.refused):
        scratch.execute(own.sql)


def _firing(scratch: Scratch, entry: Entry) -> Iterator[str]:
    """Yield the statement that fires a trigger; heads are equal already, so that one is enough."""
    table, head = entry.table.quoted, read_body(entry).head.key
    if "update" in head:
        rows = scratch.connection.execute(
            "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", (entry.table.text,)
        )
        columns = [quote(row[0]) for row in rows]
        yield f"UPDATE {table} SET {', '.join(f'{column} = {column}' for column in columns)}"
    else:
        yield f"INSERT INTO {table} DEFAULT VALUES" if "insert" in head else f"DELETE FROM {table}"


def _program(scratch: Scratch, sql: str) -> _Program | None:
    """Compile a statement to SQLite's bytecode, trigger programs included; None where it cannot be prepared."""
    try:
        return tuple(map(_step, scratch.execute(f"EXPLAIN {sql}")))
    except (sqlite3.Error, sqlite3.Warning):  # a Warning is what Python says of a second statement
        return None


def _step(row: tuple[object, ...]) -> tuple[object, ...]:
    match row[1]:
        case "Explain" | "Trace":  # show aliases and the text itself, and do nothing
            return row[:2]
        case "Transaction":  # the rest counts the changes of the schema
            return row[:4]
        case "Eq" | "Ne" | "Lt" | "Le" | "Gt" | "Ge" if row[5] == "BINARY-8":  # what none said means too
            return (*row[:5], None, row[6])
        case _:
            return row[:7]  # and a comment, where SQLite was built to give one


def _literals(scratch: Scratch, text: str) -> list[str]:
    """Give the values of the literals that bytecode shows inexactly, as SQLite itself reads them."""
    out: list[str] = []
    sign = ""
    for token in tokens(text):
        if token.kind in ("number", "blob"):
            value = scratch.connection.execute(f"SELECT {token.text}").fetchone()[0]
            # Bytecode shows the sign of every number but of 0.0.
            out += [repr(value) if value else f"{sign}{value!r}"] if not isinstance(value, int) else []
        sign = token.text
    return out
