"""A view or a trigger that SQLite cannot compile, because it reads what does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from reconcile.lint.finding import Finding, Level, Path, Rule, Subject
from reconcile.model.schema import Entry, ObjectKind
from reconcile.sql.names import fold

_NO_TABLE = re.compile(r"no such table: (?:main\.)?(.+)")


def _find(subject: Subject) -> Iterator[Finding]:
    for broken in subject.broken:
        if "no such module" in broken.reason:
            continue  # the module is the application's: nothing can be said
        missing = _NO_TABLE.search(broken.reason)
        if missing and any(fnmatchcase(fold(missing[1]), fold(glob)) for glob in subject.ignore):
            continue
        entry = broken.entry
        message = f"{entry.kind.value} {entry.name} cannot be used: {broken.reason}"
        # A table that the file does not declare may stand in the database all the same.
        level = Level.WARNING if missing else Level.ERROR
        advice = "declare the table, or add it to `ignore`" if missing else "see what it reads"
        yield Finding(RULE.code, level, entry.name.text, message, advice, _path(subject, entry))


def _path(subject: Subject, entry: Entry) -> Path:
    if entry.kind is ObjectKind.VIEW:
        return ("views", entry.name.text)
    owner = subject.schema.relation(entry.table)
    section = "views" if owner is not None and owner.kind is ObjectKind.VIEW else "tables"
    return (section, owner.name.text if owner is not None else entry.table.text, "triggers", entry.name.text)


RULE = Rule("broken-object", _find)
