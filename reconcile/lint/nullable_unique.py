"""A UNIQUE key over a nullable column: NULL equals nothing, so that rows with NULL are never duplicates."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Path, Rule, Subject, listed, some
from reconcile.lint.keys import Key, keys
from reconcile.model.reading import mentions
from reconcile.model.table import Table
from reconcile.sql.names import Name


def _find(subject: Subject) -> Iterator[Finding]:
    alone: list[tuple[str, Path]] = []
    for table in subject.tables:
        for key in keys(subject, table):
            loose = [] if not key.unique or key.called.startswith("PRIMARY KEY") else list(_loose(table, key))
            if loose and len(key.columns) == 1:
                alone.append((f"{table.name}.{loose[0]}", key.path))
            elif loose:
                message = f"{key.called} lets rows repeat where {listed(loose)} holds NULL, which equals nothing"
                advice = "add NOT NULL, unless that is meant"
                yield Finding(RULE.code, Level.NOTE, table.name.text, message, advice, key.path)
    if alone:
        # A column that is unique where it is given is what many mean: said once for all of them.
        message = f"unique, and NULL any number of times: {some([label for label, _ in alone])}"
        advice = "add NOT NULL where a value is always given"
        yield Finding(RULE.code, Level.NOTE, alone[0][0], message, advice, alone[0][1])


def _loose(table: Table, key: Key) -> Iterator[Name]:
    for called in key.columns:
        column = table.column(called) if called is not None else None
        if column is None or column.not_null or column.name == table.rowid_alias:
            continue
        if key.where is None or not mentions(key.where.text, frozenset({column.name.key})):
            yield column.name


RULE = Rule("nullable-unique", _find)
