"""Table: what a CREATE TABLE means, apart from how it is written.

A constraint written on a column or on the table is the same constraint. Values compare by meaning: names by
SQLite's case rule, expressions by their folded tokens. The source of each part is kept beside it, uncompared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconcile.model.types import Affinity
from reconcile.sql.clauses import CreateTable
from reconcile.sql.names import Name
from reconcile.sql.text import SqlText


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated column's expression, and whether it is stored in the row."""

    expression: SqlText
    stored: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `type` is folded; `labels` are names given to its NOT NULL, DEFAULT, … clauses.

    `definition` is the source after the name (type, clauses and comments); `written` the whole, name included.
    """

    name: Name
    type: str
    not_null: bool
    on_null: str
    default: SqlText | None
    collation: Name
    generated: Generated | None
    labels: tuple[tuple[str, Name], ...]
    affinity: Affinity = field(compare=False)
    definition: str = field(compare=False)
    written: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """One column of a PRIMARY KEY or UNIQUE constraint; `collation` is the column's own where none is written."""

    column: Name
    collation: Name
    descending: bool


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """A PRIMARY KEY. `rowid_alias` names the one column that *is* the rowid (lang_createtable.html, section 5)."""

    terms: tuple[KeyTerm, ...]
    name: Name | None
    on_conflict: str
    autoincrement: bool
    rowid_alias: Name | None


@dataclass(frozen=True, slots=True)
class Unique:
    """A UNIQUE constraint. `home` is the column it is written on, if any."""

    terms: tuple[KeyTerm, ...]
    name: Name | None
    on_conflict: str
    home: Name | None = field(compare=False, default=None)
    written: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint. `columns` are the columns of its table that it names."""

    expression: SqlText
    name: Name | None
    columns: frozenset[Name] = field(compare=False)
    home: Name | None = field(compare=False, default=None)
    written: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A FOREIGN KEY. `parents` is empty where the parent's primary key is meant; `actions` are sorted events."""

    columns: tuple[Name, ...]
    table: Name
    parents: tuple[Name, ...]
    actions: tuple[tuple[str, str], ...]
    deferred: bool
    name: Name | None
    home: Name | None = field(compare=False, default=None)
    written: str = field(compare=False, default="")

    @property
    def target(self) -> tuple[tuple[Name, ...], Name, tuple[Name, ...]]:
        """What decides which rows fit: neither its actions nor its name."""
        return self.columns, self.table, self.parents


Constraint = Unique | Check | ForeignKey


@dataclass(frozen=True, slots=True)
class Table:
    """An ordinary table. `text` is its reading, for whoever writes it again."""

    name: Name
    columns: tuple[Column, ...]
    primary_key: PrimaryKey | None
    constraints: tuple[Constraint, ...]
    strict: bool
    without_rowid: bool
    text: CreateTable = field(compare=False)

    def column(self, name: Name) -> Column | None:
        """Give the column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def rowid_alias(self) -> Name | None:
        """The column that is the rowid, if one is."""
        return self.primary_key.rowid_alias if self.primary_key else None

    @property
    def hidden_rowid(self) -> str | None:
        """A name by which SQL reaches the rowid: one of its three, unless columns take them all."""
        if self.without_rowid:
            return None
        taken = {column.name.key for column in self.columns}
        return next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), None)
