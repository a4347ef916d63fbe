"""Words for keys and constraints: one line each, as their author wrote them wherever that fits on one."""

from __future__ import annotations

from typing import assert_never

from reconcile.model.reading import BINARY
from reconcile.model.table import Check, Constraint, ForeignKey, KeyTerm, PrimaryKey, Unique
from reconcile.sql.names import Name


def constraint_kind(constraint: Constraint) -> str:
    """Give the word for what a constraint is."""
    match constraint:
        case Unique():
            return "unique"
        case Check():
            return "check"
        case ForeignKey():
            return "foreign key"
        case _:
            assert_never(constraint)


def hazard_code(constraint: Constraint) -> str:
    """Give the code of the hazard that rows raise against a constraint of this kind."""
    match constraint:
        case Unique():
            return "duplicates"
        case Check():
            return "check-violations"
        case ForeignKey():
            return "orphans"
        case _:
            assert_never(constraint)


def hazard_words(constraint: Constraint) -> str:
    """Give the words by which a hazard that rows raise against a constraint names it."""
    match constraint:
        case Unique(terms):
            return f"UNIQUE ({', '.join(term.column.sql for term in terms)})"
        case Check(expression):
            return f"CHECK ({expression.line})"
        case ForeignKey():
            return f"foreign key ({', '.join(column.text for column in constraint.columns)}) to {constraint.table}"
        case _:
            assert_never(constraint)


def constraint_text(constraint: Constraint) -> str:
    """Give what a constraint says, with its name."""
    named = f"{constraint.name}: " if constraint.name else ""
    match constraint:
        case Unique(terms, _, on_conflict):
            return f"{named}({key_terms(terms)}){conflict(on_conflict)}"
        case Check(expression):
            return f"{named}{expression.line}"
        case ForeignKey():
            return f"{named}({columns(constraint.columns)}) to {foreign_target(constraint)}"
        case _:
            assert_never(constraint)


def foreign_target(key: ForeignKey) -> str:
    """Give where a foreign key points to, and what it does."""
    parents = f" ({columns(key.parents)})" if key.parents else ""
    actions = "".join(f" ON {event} {action}" for event, action in key.actions if action != "NO ACTION")
    late = " DEFERRABLE INITIALLY DEFERRED" if key.deferred else ""
    return f"{key.table.sql}{parents}{actions}{late}"


def primary_key_text(key: PrimaryKey | None) -> str:
    """Give what a primary key says."""
    if key is None:
        return "none"
    named = f"{key.name}: " if key.name else ""
    auto = " AUTOINCREMENT" if key.autoincrement else ""
    rowid = " as the rowid" if key.rowid_alias else ""
    return f"{named}({key_terms(key.terms)}){conflict(key.on_conflict)}{auto}{rowid}"


def key_terms(terms: tuple[KeyTerm, ...]) -> str:
    """List the columns of a key; a collation is said where it is not the usual one."""
    return ", ".join(_term(term) for term in terms)


def columns(names: tuple[Name, ...]) -> str:
    """List columns."""
    return ", ".join(name.sql for name in names)


def conflict(on_conflict: str) -> str:
    """Give a conflict clause where it is not the usual one."""
    return f" ON CONFLICT {on_conflict}" if on_conflict != "ABORT" else ""


def _term(term: KeyTerm) -> str:
    collation = f" COLLATE {term.collation.sql}" if term.collation != BINARY else ""
    return f"{term.column.sql}{collation}{' DESC' if term.descending else ''}"
