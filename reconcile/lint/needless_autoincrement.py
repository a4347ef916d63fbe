"""AUTOINCREMENT, where the rowid alone would do. Once for a file: it is a habit, not a mistake of a table."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject, key_path, some


def _find(subject: Subject) -> Iterator[Finding]:
    found = [table for table in subject.tables if table.primary_key is not None and table.primary_key.autoincrement]
    if found:
        where = some([table.name.text for table in found])
        message = f"AUTOINCREMENT is needed only where the ids of deleted rows must never come again: {where}"
        advice = "INTEGER PRIMARY KEY counts up by itself, without a second write to sqlite_sequence (autoinc.html)"
        yield Finding(RULE.code, Level.NOTE, found[0].name.text, message, advice, key_path(found[0]))


RULE = Rule("needless-autoincrement", _find)
