"""A foreign key to columns that are not unique: SQLite says "foreign key mismatch" at the first write."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject, constraint_path, listed
from reconcile.lint.keys import Key, keys
from reconcile.model.table import ForeignKey, Table
from reconcile.sql.names import Name


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        for constraint in table.constraints:
            parent = subject.table(constraint.table) if isinstance(constraint, ForeignKey) else None
            if parent is None or not isinstance(constraint, ForeignKey):
                continue
            why = _mismatch(subject, parent, constraint)
            if why is not None:
                message = f"{table.name} refers to {parent.name} by {why}: every write to it fails"
                advice = "there they must be PRIMARY KEY or UNIQUE, with their own collations and without WHERE"
                path = constraint_path(table, constraint)
                yield Finding(RULE.code, Level.ERROR, table.name.text, message, advice, path)


def _mismatch(subject: Subject, parent: Table, key: ForeignKey) -> str | None:
    if not key.parents:
        if parent.primary_key is None:
            return "its primary key, and it has none"
        wanted = [term.column for term in parent.primary_key.terms]
        if len(wanted) != len(key.columns):
            return f"{listed(key.columns)}, and its primary key is {listed(wanted)}"
        return None
    if any(parent.column(column) is None for column in key.parents):
        return None  # foreign-key-target says so
    if any(_identifies(one, parent, key.parents) for one in keys(subject, parent)):
        return None
    return f"{listed(key.parents)}, which is not unique there"


def _identifies(key: Key, parent: Table, columns: tuple[Name, ...]) -> bool:
    if not key.unique or key.where is not None or set(key.columns) != set(columns) or len(key.columns) != len(columns):
        return False
    own = {column.name: column.collation for column in parent.columns}
    pairs = zip(key.columns, key.terms, strict=True)
    return all(column is not None and term[1] == own[column] for column, term in pairs)


RULE = Rule("foreign-key-not-unique", _find)
