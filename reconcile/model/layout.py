"""Layout: what a table's text says about the bytes in the file. Two texts of one layout read the same rows.

A catalog edit changes a text and no byte, so both must agree in all of this (lang_altertable.html, section 7, "none
of the on-disk content changes"). What SQLite derives from the text otherwise, such as checks, foreign keys, names and
conflict clauses, it reads anew when the schema is loaded again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.model.table import Column, KeyTerm, PrimaryKey, Table, Unique
from reconcile.model.types import Affinity
from reconcile.sql.clauses import Kind
from reconcile.sql.names import Name

_Terms = tuple[tuple[Name, Name, bool], ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """How one column lies in a row: its affinity re-types what is read, its collation orders what is indexed.

    `computed` are the folded tokens of a generated column, `is_stored` whether they were evaluated when it was written.
    `strict_type` is the declared type where the table is STRICT and the type itself a promise about the bytes.
    """

    name: Name
    affinity: Affinity
    collation: Name
    computed: tuple[str, ...] | None
    is_stored: bool
    strict_type: str | None


@dataclass(frozen=True, slots=True)
class Keys:
    """How the rows are found: the column that is the rowid, the key of a WITHOUT ROWID table, the autoindexes.

    The autoindexes are in the order in which SQLite numbers them: sqlite_schema knows them by nothing but that number.
    AUTOINCREMENT needs a table of its own, sqlite_sequence, to be there.
    """

    rowid_alias: Name | None
    autoincrement: bool
    without_rowid: _Terms | None
    autoindexes: tuple[_Terms, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The fingerprint of a table's physical layout."""

    columns: tuple[Stored, ...]
    keys: Keys


def layout(table: Table) -> Layout:
    """Give the layout that a table's text describes."""
    return Layout(tuple(stored(column, table) for column in table.columns), keys(table))


def stored(column: Column, table: Table) -> Stored:
    """Give how a column of this table lies in its rows."""
    generated = column.generated
    return Stored(
        column.name,
        column.affinity.stored,
        column.collation,
        generated.expression.key if generated else None,
        generated is not None and generated.stored,
        column.type if table.strict else None,
    )


def keys(table: Table) -> Keys:
    """Give how the rows of a table are found."""
    key = table.primary_key
    return Keys(
        table.rowid_alias,
        key is not None and key.autoincrement,
        _terms(key.terms) if key is not None and table.without_rowid else None,
        tuple(_terms(found.terms) for found in _indexed(table)),
    )


def _indexed(table: Table) -> Iterator[PrimaryKey | Unique]:
    """Yield what SQLite makes an index of, in the order of the text: the columns' own constraints come first."""
    uniques = iter([constraint for constraint in table.constraints if isinstance(constraint, Unique)])
    clauses = [clause for column in table.text.columns for clause in column.clauses]
    for clause in (*clauses, *table.text.constraints):
        if clause.kind is Kind.UNIQUE:
            yield next(uniques)
        elif clause.kind is Kind.PRIMARY_KEY and table.primary_key is not None and table.rowid_alias is None:
            yield table.primary_key


def _terms(terms: tuple[KeyTerm, ...]) -> _Terms:
    return tuple((term.column, term.collation, term.descending) for term in terms)
