"""Compare two databases by what SQLite itself says about them, never by reconcile's own differ.

PRAGMAs, the facts of the stored text, folded tokens of views, triggers and indexes, and the bytecode of every
statement on every table. The order of columns is cosmetic and compared by `column_order` alone.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from .clauses import folded, table_facts
from .contents import texts
from .model import fold, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORY = frozenset({"schema_version", "schema_version_reconcile"})
_SKIPPED = frozenset({"Transaction", "Explain", "Noop", "Permutation", "Once", "Init", "Goto", "Trace"})
_CHECK_BROKEN = 275  # SQLITE_CONSTRAINT_CHECK, whose message is the text as it was typed
_MOVES = frozenset({"Column", "Copy", "SCopy", "Move", "Null", "Rowid"})
_LITERAL = frozenset({"Int64", "Real", "String8", "Blob", "Column"})

Facts = dict[tuple[str, ...], object]


def compare_schemas(wanted: sqlite3.Connection, found: sqlite3.Connection) -> list[str]:
    """Say every difference between two schemas, but for the order of columns."""
    expected, actual = schema_facts(wanted), schema_facts(found)
    return [
        f"{' '.join(key)}: {_told(expected.get(key), actual.get(key))}"
        for key in sorted(expected.keys() | actual.keys())
        if expected.get(key) != actual.get(key)
    ]


def _told(expected: object, actual: object) -> str:
    """Tell what differs, and no more."""
    if isinstance(expected, Counter) and isinstance(actual, Counter):
        return f"missing {dict(expected - actual)}, instead {dict(actual - expected)}"
    return f"{expected!r} expected, {actual!r} found"


def column_order(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Give the columns of every table in their order."""
    return {
        name: tuple(row[1] for row in texts(connection, f"PRAGMA table_xinfo({quoted(name)})"))
        for name, kind in _objects(connection)
        if kind == "table"
    }


def schema_facts(connection: sqlite3.Connection) -> Facts:
    """Give all that SQLite says about a schema, history tables left out."""
    facts: Facts = {}
    for name, kind in _objects(connection):
        facts.update(_relation(connection, name, kind))
    entries = texts(connection, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    own = [row for row in entries if fold(row[2]) not in HISTORY and not fold(row[1]).startswith("sqlite_")]
    for kind, name, _, sql in own:
        facts[kind, name, "text"] = table_facts(sql) if kind == "table" else folded(sql)
    # Foreign keys stay off: what they compile to depends on their order, and their facts are all in the text.
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as clone:
        clone.text_factory = bytes
        order = ("table", "index", "view", "trigger")
        # By name: of two indexes that serve as well SQLite takes the one that was made last.
        for _, _, _, sql in sorted(own, key=lambda row: (order.index(row[0]), fold(row[1]))):
            clone.execute(sql)
        for name, kind in _objects(clone):
            facts.update(_bytecode(clone, name, kind))
    return facts


def _objects(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for schema, name, kind, *_ in texts(connection, "PRAGMA table_list"):
        if schema == "main" and not fold(name).startswith("sqlite_") and fold(name) not in HISTORY:
            yield name, kind


def _relation(connection: sqlite3.Connection, name: str, kind: str) -> Facts:
    """Give what the PRAGMAs say about a table or view."""
    place = quoted(name)
    listed = texts(connection, f"PRAGMA table_list({place})")[0]
    facts: Facts = {(kind, name, "options"): listed[4:]}
    for _, column, declared, not_null, default, key, hidden in texts(connection, f"PRAGMA table_xinfo({place})"):
        default_words = None if default is None else folded(default)
        facts[kind, name, "column", column] = (folded(declared), not_null, default_words, key, hidden)
    indexes: Counter[tuple] = Counter()
    for _, index, unique, origin, partial in texts(connection, f"PRAGMA index_list({place})"):
        columns = texts(connection, f"PRAGMA index_xinfo({quoted(index)})")
        keys = tuple((column and fold(column), *rest) for _, _, column, *rest, is_key in columns if is_key)
        indexes[index if origin == "c" else None, unique, origin, partial, keys] += 1
    facts[kind, name, "indexes"] = indexes
    by_number: dict[int, list[tuple]] = {}
    for number, _, parent, child, target, *actions in texts(connection, f"PRAGMA foreign_key_list({place})"):
        by_number.setdefault(number, []).append((fold(parent), fold(child), target and fold(target), *actions))
    facts[kind, name, "foreign keys"] = Counter(tuple(key) for key in by_number.values())
    return facts


def _bytecode(connection: sqlite3.Connection, name: str, kind: str) -> Facts:
    """Give the bytecode of every kind of statement on a table, as a bag without registers and addresses."""
    columns = sorted(texts(connection, f"PRAGMA table_xinfo({quoted(name)})"), key=lambda row: row[1])
    stored = [quoted(row[1]) for row in columns if row[6] == 0]
    every = [quoted(row[1]) for row in columns]
    place = quoted(name)
    statements = {"select": f"SELECT {', '.join(every)} FROM {place}"}
    if kind == "table":
        values = ", ".join("?" for _ in stored)
        statements["insert"] = f"INSERT INTO {place} ({', '.join(stored)}) VALUES ({values})"
        statements["defaults"] = f"INSERT INTO {place} DEFAULT VALUES"
        statements["delete"] = f"DELETE FROM {place}"
        statements |= {f"update {column}": f"UPDATE {place} SET {column} = ?" for column in stored}
        statements |= {f"order {column}": f"SELECT 1 FROM {place} ORDER BY {column}" for column in every}
    return {(kind, name, "bytecode", what): _bag(connection, sql) for what, sql in statements.items()}


def _bag(connection: sqlite3.Connection, sql: str) -> object:
    try:
        program = connection.execute(f"EXPLAIN {sql}", [None] * sql.count("?")).fetchall()
    except sqlite3.Error as error:
        return str(error)
    bag: Counter[tuple] = Counter()
    for _, raw, p1, p2, _, p4, *_ in program:
        opcode = raw.decode()
        if opcode in _SKIPPED:
            continue
        numbers = (p1, p2) if opcode == "Halt" else (p1,) if opcode == "Integer" else ()
        operand = None if opcode == "Halt" and p1 == _CHECK_BROKEN else _operand(opcode, p4)
        if opcode not in _MOVES or operand is not None:  # how often a value is fetched depends on the order of indexes
            bag[opcode, numbers, operand] += 1
    return bag


def _operand(opcode: str, p4: object) -> str | None:
    """Give P4 without what depends on places: counts, and the order of columns."""
    if p4 is None:
        return None
    text = p4.decode("utf-8", "surrogateescape") if isinstance(p4, bytes) else str(p4)
    if opcode == "OpenRead":  # which of the automatic indexes that serve as well is read depends on their order
        return None
    if text.startswith("k("):
        return "".join(sorted(re.split(r"[(),]", text)))
    if opcode in ("Affinity", "MakeRecord"):
        return "".join(sorted(text)).strip("@A")  # no affinity at the end of a row is left out
    # Newer SQLites name the index of an IdxDelete; the number of an automatic one depends on the order of constraints.
    if text.startswith("sqlite_autoindex_") or (text.isdigit() and opcode not in _LITERAL):
        return None
    return " ".join(folded(text)) if opcode == "Halt" else text
