"""Types whose affinity is another than their names say (datatype3.html, section 3.1). Once for each type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject, column_path, some
from reconcile.model.table import Check, Column, Table
from reconcile.model.types import Affinity

_TEXTS = frozenset("STRING STR UUID GUID JSON JSONB XML URL EMAIL INET".split())
_TIMES = frozenset("DATE DATETIME TIME TIMESTAMP TIMESTAMPTZ".split())
_BOOLEANS = frozenset("BOOLEAN BOOL".split())
_SHAPES = frozenset({"POINT", "MULTIPOINT"})  # SpatiaLite's: blobs, which no affinity changes
_INTEGER = re.compile(r"(TINY|SMALL|MEDIUM|BIG)?INT(EGER)?\d*|U?INT\d*")


def _find(subject: Subject) -> Iterator[Finding]:
    found: dict[tuple[str, str], list[tuple[Table, Column]]] = {}
    for table in subject.tables:
        if table.strict:
            continue  # it allows six types only, and these are what they say
        for column in table.columns:
            why = _surprise(table, column)
            if why is not None:
                found.setdefault((_word(column), why), []).append((table, column))
    for (word, why), places in found.items():
        table, column = places[0]
        where = some([f"{table.name}.{column.name}" for table, column in places])
        path = column_path(table, column.name)
        label = f"{table.name}.{column.name}"
        yield Finding(RULE.code, Level.NOTE, label, f"{word} {_WHY[why][0]}: {where}", _WHY[why][1], path)


_WHY = {
    "text": ("has the affinity NUMERIC: text that looks like a number becomes one, '007' is stored as 7", "write TEXT"),
    "time": (
        "is no type of SQLite's: its affinity is NUMERIC, and any text or number is taken",
        "write TEXT for ISO 8601, INTEGER for seconds; a CHECK can hold values to it",
    ),
    "boolean": (
        "is no type of SQLite's: its affinity is NUMERIC, and any text or number is taken",
        "write INTEGER … CHECK (x IN (0, 1))",
    ),
    "integer": ("has the affinity INTEGER, because INT stands inside it", "write the type that is meant"),
}


def _surprise(table: Table, column: Column) -> str | None:
    if column.type in _SHAPES:
        return None
    if column.affinity is Affinity.INTEGER:
        words = re.findall(r"\w+", column.type)
        return None if any(_INTEGER.fullmatch(word) for word in words) else "integer"
    if column.affinity is not Affinity.NUMERIC:
        return None
    word = _word(column)
    if word in _TEXTS:
        return "text"
    if word in _TIMES:
        return "time"
    checked = any(isinstance(c, Check) and column.name in c.columns for c in table.constraints)
    return "boolean" if word in _BOOLEANS and not checked else None


def _word(column: Column) -> str:
    """Give the first word of a type; all of one in which INT stands by accident."""
    whole = column.affinity is not Affinity.NUMERIC
    return column.type if whole else column.type.partition("(")[0].strip().partition(" ")[0]


RULE = Rule("type-affinity", _find)
