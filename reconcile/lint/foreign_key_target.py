"""A foreign key to what is not there, as far as the file says."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from reconcile.lint.finding import Finding, Level, Rule, Subject, constraint_path, some
from reconcile.model.schema import ObjectKind
from reconcile.model.table import ForeignKey, Table
from reconcile.sql.names import fold


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKey):
                yield from _target(subject, table, constraint)


def _target(subject: Subject, table: Table, key: ForeignKey) -> Iterator[Finding]:
    path = constraint_path(table, key)
    parent = subject.schema.relation(key.table)
    if parent is None:
        if any(fnmatchcase(key.table.key, fold(glob)) for glob in subject.ignore):
            return
        # It may stand in the database and be nobody's, so that this is no error yet.
        message = f"{table.name} refers to {key.table}, which the file does not declare"
        advice = "every write to the child fails while it is missing and foreign_keys is on"
        yield Finding(RULE.code, Level.WARNING, table.name.text, message, advice, path)
        return
    if parent.kind is not ObjectKind.TABLE:
        message = f"{table.name} refers to {parent.name}, which is a {parent.kind.value}: writes to the child fail"
        yield Finding(RULE.code, Level.ERROR, table.name.text, message, "a foreign key needs a table", path)
        return
    described = subject.table(key.table)
    if described is None:
        return
    missing = [column.text for column in key.parents if described.column(column) is None]
    if missing:
        message = f"{table.name} refers to {key.table}.{missing[0]}, which does not exist"
        advice = f"columns of {key.table}: {some([column.name.text for column in described.columns], 8)}"
        yield Finding(RULE.code, Level.ERROR, table.name.text, message, advice, path)


RULE = Rule("foreign-key-target", _find)
