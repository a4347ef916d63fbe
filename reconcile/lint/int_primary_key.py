"""A primary key that looks like the rowid and is not: only the exact words INTEGER PRIMARY KEY make it so."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject, key_path
from reconcile.model.types import Affinity


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        key = table.primary_key
        if key is None or table.without_rowid or table.rowid_alias is not None or len(key.terms) != 1:
            continue
        column = table.column(key.terms[0].column)
        if column is None or column.affinity is not Affinity.INTEGER:
            continue
        written = f"{column.type} PRIMARY KEY{' DESC' if key.terms[0].descending else ''}"
        message = f"{table.name}.{column.name}: {written} is not the rowid, gets no value by itself, and has an index"
        advice = "INTEGER PRIMARY KEY is the rowid (lang_createtable.html, section 5)"
        yield Finding(RULE.code, Level.WARNING, f"{table.name}.{column.name}", message, advice, key_path(table))


RULE = Rule("int-primary-key", _find)
