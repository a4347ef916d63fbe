"""What CREATE statements are made of: values with the exact place of every clause in its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from reconcile.sql.names import Name


class Span(NamedTuple):
    """A slice of the source, in characters: ``source[start:end]``."""

    start: int
    end: int

    def of(self, source: str) -> str:
        """Cut the slice out of its source."""
        return source[self.start : self.end]


class Kind(Enum):
    """The kinds of constraint that a column or a table can carry."""

    DEFAULT = "DEFAULT"
    NOT_NULL = "NOT NULL"
    NULL = "NULL"
    PRIMARY_KEY = "PRIMARY KEY"
    UNIQUE = "UNIQUE"
    CHECK = "CHECK"
    FOREIGN_KEY = "FOREIGN KEY"
    DEFERRABLE = "DEFERRABLE"  # a clause of its own: it belongs to the foreign key before it
    COLLATE = "COLLATE"
    GENERATED = "GENERATED"
    NAME_ONLY = "CONSTRAINT"  # a name that no constraint follows; SQLite ignores it


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a key or of an index: a column or an expression, its collation and its direction.

    `expression` is the source without COLLATE and ASC/DESC; `column` is set where it is a plain name.
    """

    expression: str
    column: Name | None
    collation: str | None
    order: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """The REFERENCES part of a foreign key. `actions` keeps ON and MATCH clauses as (event, action), in order."""

    table: str
    columns: tuple[str, ...]
    actions: tuple[tuple[str, str], ...]
    deferrable: str | None


@dataclass(frozen=True, slots=True)
class Clause:
    """One constraint of a column or of a table, with every part that SQLite's grammar gives it.

    `names` are the raw CONSTRAINT names before it (SQLite takes the last). `span` covers them too.
    """

    kind: Kind
    span: Span
    names: tuple[str, ...] = ()
    conflict: str | None = None
    expression: str | None = None
    terms: tuple[Term, ...] = ()
    order: str | None = None
    autoincrement: bool = False
    collation: str | None = None
    reference: Reference | None = None
    deferrable: str | None = None
    storage: str | None = None
    long_form: bool = False


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column definition. `name` is raw, as it stands; `span` covers it all, `definition` all but the name."""

    name: str
    type: str
    clauses: tuple[Clause, ...]
    span: Span
    definition: Span


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE, read. `body` lies between the outer parentheses; `options` are raw."""

    source: str
    name: str
    head: str
    name_span: Span
    columns: tuple[ColumnText, ...]
    constraints: tuple[Clause, ...]
    options: tuple[str, ...]
    body: Span
    as_select: str | None = None


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """CREATE INDEX, read. `tail` starts at the opening parenthesis: all that is not name and table."""

    source: str
    name: str
    head: str
    table: str
    name_span: Span
    table_span: Span
    unique: bool
    terms: tuple[Term, ...]
    where: str | None
    tail: Span


@dataclass(frozen=True, slots=True)
class CreateOther:
    """The head of CREATE VIEW, TRIGGER or VIRTUAL TABLE, with the rest verbatim.

    For a trigger `head_rest` is what stands between its name and ON, `table` the table, `body` all from there.
    For a view `columns` is its column list, raw, and `body` the SELECT. For a virtual table `body` is ``USING …``.
    """

    source: str
    kind: str
    name: str
    head: str
    name_span: Span
    table: str | None
    table_span: Span | None
    columns: tuple[str, ...]
    head_rest: str
    body: Span


Statement = CreateTable | CreateIndex | CreateOther
