"""The tables of an imported dump, and how schema.yaml is written of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from reconcile.desired.emit import Flow, Item, Value, entry


class CannotCarryError(ValueError):
    """Something that SQLite has no like of."""


def refuse(message: str) -> NoReturn:
    """Raise `CannotCarryError`."""
    raise CannotCarryError(message)


@dataclass(slots=True)
class Column:
    """A column: its type and clauses in SQLite's words, and what is doubtful about it."""

    type: str
    doubt: str | None
    not_null: bool = False
    counts: bool = False  # AUTO_INCREMENT, SERIAL, IDENTITY
    clauses: list[str] = field(default_factory=list)
    doc: str | None = None


@dataclass(slots=True)
class Table:
    """A table, by the keys of schema.yaml."""

    columns: dict[str, Column] = field(default_factory=dict)
    primary_key: list[str] = field(default_factory=list)
    unique: list[Item] = field(default_factory=list)
    foreign_keys: list[Item] = field(default_factory=list)
    checks: list[Item] = field(default_factory=list)
    indexes: dict[str, Value] = field(default_factory=dict)
    doc: str | None = None


def schema_lines(dialect: str, tables: dict[str, Table], views: dict[str, str]) -> Iterator[str]:
    """Yield the lines of schema.yaml."""
    yield f"# Written by reconcile inspect --dialect {dialect}. Every doubtful type is told beside its column."
    yield "version: 1"
    yield from ["", "tables:"] if tables else []
    for place, (name, table) in enumerate(tables.items()):
        if place:
            yield ""
        yield from _written(name, table)
    yield from ["", "views:"] if views else []
    for name, text in views.items():
        yield from entry(name, text, 2)


def finished(name: str, table: Table) -> None:
    """Refuse what only the whole table shows: a column that counts up by itself must be the rowid."""
    for called in table.primary_key:
        if called not in table.columns:
            refuse(f"table {name} has no column {called}")
    for called, column in table.columns.items():
        if column.counts and not _is_rowid(called, table):
            refuse(f"{name}.{called} counts up by itself, and is not the primary key")


def _is_rowid(called: str, table: Table) -> bool:
    return table.primary_key == [called] and table.columns[called].type == "INTEGER"


def _written(name: str, table: Table) -> Iterator[str]:
    (head,) = entry(name, {}, 2)
    yield head
    yield "    columns:"
    alone = table.primary_key[0] if len(table.primary_key) == 1 else None
    for called in table.primary_key:
        table.columns[called].not_null = True  # there a primary key never holds NULL
    for called, column in table.columns.items():
        is_rowid = _is_rowid(called, table)
        text = _definition(column, is_rowid=is_rowid)
        first, *rest = entry(called, {"sql": text, "doc": column.doc} if column.doc else text, 6)
        yield first + (f"   # {' '.join(column.doubt.split())}" if column.doubt and not is_rowid else "")
        yield from rest
    keyed = bool(table.primary_key) and not (alone and table.columns[alone].type == "INTEGER")
    rest_of: dict[str, Value] = {"primary_key": Flow(table.primary_key)} if keyed else {}
    lists = {"unique": table.unique, "foreign_keys": table.foreign_keys, "checks": table.checks}
    rest_of |= {key: _by_name(value) for key, value in lists.items() if value}
    rest_of |= {"indexes": table.indexes} if table.indexes else {}
    rest_of |= {"doc": table.doc} if table.doc else {}
    for key, value in rest_of.items():
        yield from entry(key, value, 4)


def _by_name(constraints: list[Item]) -> Value:
    """Give constraints as a mapping where each has a name of its own, else as a list."""
    named = [one for one in constraints if isinstance(one, Mapping)]
    merged = {name: body for one in named for name, body in one.items()}
    return merged if len(merged) == len(constraints) else constraints


def _definition(column: Column, *, is_rowid: bool) -> str:
    clauses = [clause for clause in column.clauses if not (is_rowid and clause.startswith("DEFAULT"))]
    needed = ["NOT NULL"] if column.not_null and not is_rowid else []
    return " ".join([column.type, *(["PRIMARY KEY"] if is_rowid else []), *needed, *clauses])
