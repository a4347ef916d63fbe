"""What an index, a UNIQUE constraint and a primary key have in common: terms in an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.lint.finding import Path, Subject, constraint_path, index_path, key_path
from reconcile.model.reading import Index
from reconcile.model.table import KeyTerm, Table, Unique
from reconcile.sql.names import Name
from reconcile.sql.text import SqlText

Term = tuple[tuple[str, ...], Name, bool]  # the expression's tokens, its collation, whether it descends


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table. `index` is set where CREATE INDEX makes it, which alone can be taken away."""

    called: str
    terms: tuple[Term, ...]
    columns: tuple[Name | None, ...]
    unique: bool
    where: SqlText | None
    path: Path
    index: Index | None = None


def keys(subject: Subject, table: Table) -> Iterator[Key]:
    """Yield every key of a table that SQLite can search by: constraints first, for they stay."""
    if table.primary_key is not None:
        terms = table.primary_key.terms
        called = f"PRIMARY KEY ({', '.join(term.column.text for term in terms)})"
        yield _of_terms(called, terms, key_path(table))
    for constraint in table.constraints:
        if isinstance(constraint, Unique):
            called = f"UNIQUE ({', '.join(term.column.text for term in constraint.terms)})"
            yield _of_terms(called, constraint.terms, constraint_path(table, constraint))
    for index in subject.indexes(table):
        own = {column.name: column.collation for column in table.columns}
        terms_of = tuple(
            (term.expression.key, term.collation or _own(own, term.column), term.descending) for term in index.terms
        )
        columns = tuple(term.column for term in index.terms)
        path = index_path(index)
        yield Key(f"index {index.name}", terms_of, columns, index.unique, index.where, path, index)


def _of_terms(called: str, terms: tuple[KeyTerm, ...], path: Path) -> Key:
    as_index = tuple(((term.column.key,), term.collation, term.descending) for term in terms)
    return Key(called, as_index, tuple(term.column for term in terms), True, None, path)  # noqa: FBT003 - it is unique


def _own(collations: dict[Name, Name], column: Name | None) -> Name:
    return collations.get(column, _BINARY) if column is not None else _BINARY


_BINARY = Name("BINARY", "binary")
