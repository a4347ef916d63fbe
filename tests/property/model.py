"""The generator's own nouns: a schema as plain data, with hidden ids that survive renames.

Every table, column, view, index and trigger has an id that no SQL shows. SQL fragments are *templates* in which
``{12}`` stands for the quoted name of whatever has the id 12, so that a rename is one ``replace`` on one noun, and
the oracle knows which old column became which new one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLACE = re.compile(r"\{(\d+)\}")
_ASCII = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_KEYWORDS = frozenset(
    "add all alter and as between by case check collate column commit constraint create default deferrable delete"
    " desc distinct do drop else end escape except exists false for foreign from group having if in index insert"
    " intersect into is isnull join key left like limit not nothing notnull null on or order primary references"
    " replace returning row rowid select set strict table temp then to transaction trigger true union unique update"
    " using vacuum values view virtual when where with without".split()
)


@dataclass(frozen=True)
class Generated:
    """``GENERATED ALWAYS AS (expression)``, stored or virtual."""

    expression: str
    stored: bool = False


@dataclass(frozen=True)
class Column:
    """A column; `default` is the SQL after DEFAULT, `grown` says that ALTER TABLE ADD COLUMN made it."""

    id: int
    name: str
    type: str = ""
    not_null: bool = False
    not_null_conflict: str = ""
    default: str | None = None
    collate: str | None = None
    generated: Generated | None = None
    grown: bool = False


@dataclass(frozen=True)
class PrimaryKey:
    """A primary key; one INTEGER column without DESC is the rowid itself."""

    columns: tuple[int, ...]
    autoincrement: bool = False
    descending: bool = False
    conflict: str = ""
    name: str | None = None


@dataclass(frozen=True)
class Unique:
    """A UNIQUE constraint."""

    columns: tuple[int, ...]
    name: str | None = None
    conflict: str = ""


@dataclass(frozen=True)
class Check:
    """A CHECK constraint."""

    expression: str
    name: str | None = None


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key; `target_columns` empty means the parent's primary key."""

    columns: tuple[int, ...]
    target: int
    target_columns: tuple[int, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    deferred: bool = False
    name: str | None = None


@dataclass(frozen=True)
class Index:
    """An index: its parts are templates, expressions, COLLATE and DESC included."""

    id: int
    name: str
    parts: tuple[str, ...]
    unique: bool = False
    where: str | None = None


@dataclass(frozen=True)
class Trigger:
    """A trigger: `event` stands before ON, `body` after the table's name."""

    id: int
    name: str
    event: str
    body: str


@dataclass(frozen=True)
class Table:
    """A table with everything that belongs to it."""

    id: int
    name: str
    columns: tuple[Column, ...]
    primary_key: PrimaryKey | None = None
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    strict: bool = False
    without_rowid: bool = False
    named: bool = False

    def column(self, column_id: int) -> Column:
        """Give the column with this hidden id."""
        return next(column for column in self.columns if column.id == column_id)

    def has(self, column_id: int) -> bool:
        """Say whether a column with this hidden id is here."""
        return any(column.id == column_id for column in self.columns)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that rows are written to."""
        return tuple(column for column in self.columns if column.generated is None)

    @property
    def rowid_column(self) -> Column | None:
        """The column that is the rowid itself, as SQLite decides it."""
        key = self.primary_key
        if key is None or self.without_rowid or len(key.columns) != 1 or key.descending:
            return None
        column = self.column(key.columns[0])
        return column if column.type.upper() == "INTEGER" else None

    @property
    def rowid_name(self) -> str | None:
        """A name by which the rowid can be read, or None (WITHOUT ROWID)."""
        if self.without_rowid:
            return None
        taken = {fold(column.name) for column in self.columns}
        return next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), None)


@dataclass(frozen=True)
class View:
    """A view; `columns` are the names in parentheses, `triggers` its INSTEAD OF triggers."""

    id: int
    name: str
    select: str
    columns: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()


@dataclass(frozen=True)
class Schema:
    """Tables and views; `unmanaged` holds the ids of what schema.yaml never mentions."""

    tables: tuple[Table, ...]
    views: tuple[View, ...] = ()
    unmanaged: frozenset[int] = field(default=frozenset())

    def table(self, table_id: int) -> Table:
        """Give the table with this hidden id."""
        return next(table for table in self.tables if table.id == table_id)

    def owner(self, column_id: int) -> Table:
        """Give the table that has this column."""
        return next(table for table in self.tables if table.has(column_id))

    def with_table(self, new: Table) -> Schema:
        """Give this schema with one table replaced by its new self."""
        return replace(self, tables=tuple(new if table.id == new.id else table for table in self.tables))

    def nouns(self) -> Iterator[Table | Column | Index | Trigger | View]:
        """Give everything that has an id."""
        for table in self.tables:
            yield table
            yield from table.columns
            yield from table.indexes
            yield from table.triggers
        for view in self.views:
            yield view
            yield from view.triggers

    @property
    def ids(self) -> frozenset[int]:
        """All hidden ids in use."""
        return frozenset(noun.id for noun in self.nouns())

    @property
    def names(self) -> dict[int, str]:
        """The name of every hidden id."""
        return {noun.id: noun.name for noun in self.nouns()}

    def sql(self, template: str) -> str:
        """Write the names into a template."""
        names = self.names
        return _PLACE.sub(lambda place: quoted(names[int(place[1])]), template)


Item = TypeVar("Item", Column, Index, Trigger, Table, View)


def mentions(template: str | None) -> frozenset[int]:
    """Give the hidden ids in a template."""
    return frozenset(int(found) for found in _PLACE.findall(template or ""))


def with_item(items: tuple[Item, ...], new: Item) -> tuple[Item, ...]:
    """Give the items with one replaced by its new self."""
    return tuple(new if item.id == new.id else item for item in items)


def changed(table: Table, column_id: int, change: Callable[[Column], Column]) -> Table:
    """Give the table with one column changed."""
    return replace(table, columns=with_item(table.columns, change(table.column(column_id))))


def fold(name: str) -> str:
    """Fold a name as SQLite compares names: ASCII letters only."""
    return name.translate(_ASCII)


def quoted(name: str) -> str:
    """Write a name bare where that is safe, in double quotes elsewhere."""
    if _PLAIN.match(name) and fold(name) not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def affinity(declared: str, *, strict: bool = False) -> str:
    """Say the affinity of a declared type (datatype3.html, section 3.1); ANY means none in STRICT tables only."""
    upper = declared.upper()
    if "INT" in upper:
        return "INTEGER"
    if any(part in upper for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if not upper or "BLOB" in upper:
        return "BLOB"
    if any(part in upper for part in ("REAL", "FLOA", "DOUB")):
        return "REAL"
    return "BLOB" if strict and upper == "ANY" else "NUMERIC"
