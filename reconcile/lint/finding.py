"""What a rule of lint looks at, and what it finds. Pure: no connection, no file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from reconcile.model.hints import Hints
from reconcile.model.reading import Index, read_index, read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Constraint, ForeignKey, Table, Unique
from reconcile.sql.clauses import Kind
from reconcile.sql.cursor import Unreadable
from reconcile.sql.names import Name

Path: TypeAlias = tuple[str | int, ...]


class Level(Enum):
    """How bad a finding is: an error cannot work, a warning is mostly a mistake, a note is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `path` is its place in a schema file, as ``("tables", "t", "columns", "a")``."""

    code: str
    level: Level
    object: str
    message: str
    advice: str
    path: Path


@dataclass(frozen=True, slots=True)
class Broken:
    """A view or a trigger that does not compile, with SQLite's words."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A schema as its file declares it, with what only its author knows, and what does not compile in it."""

    schema: Schema
    hints: Hints
    broken: tuple[Broken, ...] = ()
    ignore: tuple[str, ...] = ()
    tables: tuple[Table, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Read the tables once, for all rules; one that cannot be read has no findings."""
        object.__setattr__(self, "tables", tuple(self._read()))

    def table(self, name: Name) -> Table | None:
        """Give the ordinary table of this name."""
        return next((table for table in self.tables if table.name == name), None)

    def indexes(self, table: Table) -> Iterator[Index]:
        """Yield the indexes that CREATE INDEX makes on a table."""
        known = frozenset(column.name.key for column in table.columns)
        for entry in self.schema.belonging_to(table.name):
            if entry.kind is ObjectKind.INDEX:
                try:
                    yield read_index(entry, known)
                except Unreadable:
                    continue

    def _read(self) -> Iterator[Table]:
        for entry in self.schema.of_kind(ObjectKind.TABLE):
            try:
                yield read_table(entry)
            except Unreadable:
                continue


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its code, which docs/lint.md explains, and what it finds."""

    code: str
    find: Callable[[Subject], Iterator[Finding]]


def column_path(table: Table, column: Name) -> Path:
    """Say where a column stands in the file."""
    return ("tables", table.name.text, "columns", column.text)


def constraint_path(table: Table, constraint: Constraint) -> Path:
    """Say where a constraint stands in the file: on its column, or in its list."""
    if constraint.home is not None:
        return column_path(table, constraint.home)
    section = {Unique: "unique", ForeignKey: "foreign_keys"}.get(type(constraint), "checks")
    alike = [c for c in table.constraints if type(c) is type(constraint) and c.home is None]
    return ("tables", table.name.text, section, next(i for i, c in enumerate(alike) if c is constraint))


def key_path(table: Table) -> Path:
    """Say where a table's primary key stands in the file."""
    for column, text in zip(table.columns, table.text.columns, strict=True):
        if any(clause.kind is Kind.PRIMARY_KEY for clause in text.clauses):
            return column_path(table, column.name)
    return ("tables", table.name.text, "primary_key")


def index_path(index: Index) -> Path:
    """Say where an index stands in the file."""
    return ("tables", index.table.text, "indexes", index.name.text)


def listed(names: tuple[Name, ...] | list[Name]) -> str:
    """Write names as SQL writes a key: ``(a, b)``."""
    return f"({', '.join(name.text for name in names)})"


def some(names: list[str], most: int = 4) -> str:
    """Write a few of many names."""
    more = f" and {len(names) - most} more" if len(names) > most + 1 else ""
    return ", ".join(names[: most if more else most + 1]) + more
