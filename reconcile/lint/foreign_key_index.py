"""A foreign key without an index on the child: each DELETE and UPDATE of a parent reads the child's every row."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject, constraint_path, listed
from reconcile.lint.keys import Key, keys
from reconcile.model.table import ForeignKey


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        found = list(keys(subject, table))
        for constraint in table.constraints:
            if not isinstance(constraint, ForeignKey) or any(_helps(key, constraint) for key in found):
                continue
            columns = listed(constraint.columns)
            message = f"no index of {table.name} begins with {columns}: a change in {constraint.table} reads all of it"
            called = f"{table.name.text}_by_{'_'.join(column.text for column in constraint.columns)}"
            advice = f"below indexes:   {called}: {columns}"
            path = constraint_path(table, constraint)
            yield Finding(RULE.code, Level.WARNING, table.name.text, message, advice, path)


def _helps(key: Key, constraint: ForeignKey) -> bool:
    """Say whether a search for the foreign key's values can begin in this key."""
    first = key.columns[0]
    if first is None or first not in constraint.columns:
        return False
    # A search for equal values implies that they are not NULL, and SQLite knows it.
    return key.where is None or key.where.key in {(c.key, "is", "not", "null") for c in constraint.columns} | {
        (c.key, "notnull") for c in constraint.columns
    }


RULE = Rule("foreign-key-without-index", _find)
