"""A PRIMARY KEY that lets NULL in, as often as anybody likes (lang_createtable.html, section 3.5)."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Rule, Subject, key_path, listed


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        # STRICT and WITHOUT ROWID tables refuse NULL in their keys by themselves.
        if table.primary_key is None or table.strict or table.without_rowid or table.rowid_alias is not None:
            continue
        columns = [table.column(term.column) for term in table.primary_key.terms]
        loose = [column.name for column in columns if column is not None and not column.not_null]
        if loose:
            verb = "is" if len(loose) == 1 else "are"
            message = f"the primary key of {table.name} takes NULL any number of times: {listed(loose)} {verb} nullable"
            advice = "add NOT NULL; SQLite forbids NULL by itself only in INTEGER PRIMARY KEY, STRICT and WITHOUT ROWID"
            yield Finding(RULE.code, Level.WARNING, table.name.text, message, advice, key_path(table))


RULE = Rule("nullable-primary-key", _find)
