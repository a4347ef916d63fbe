"""Names that differ only in case: two where SQLite folds ASCII only, or one that is spelled in two ways."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Path, Rule, Subject, column_path, some
from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Column, Table
from reconcile.sql.names import Name


def _find(subject: Subject) -> Iterator[Finding]:
    entries = [entry for entry in subject.schema.entries if entry.kind is not ObjectKind.TRIGGER]
    yield from _lookalikes([(entry.name, _path(entry)) for entry in entries])
    for table in subject.tables:
        yield from _lookalikes([(column.name, column_path(table, column.name)) for column in table.columns])
    yield from _spellings([(table, column) for table in subject.tables for column in table.columns])


def _path(entry: Entry) -> Path:
    match entry.kind:
        case ObjectKind.VIEW:
            return ("views", entry.name.text)
        case ObjectKind.INDEX:
            return ("tables", entry.table.text, "indexes", entry.name.text)
        case _:
            return ("tables", entry.name.text)


def _lookalikes(names: list[tuple[Name, Path]]) -> Iterator[Finding]:
    """Find names that are two to SQLite and one to most people: É and é, or one letter composed and decomposed."""
    seen: dict[str, Name] = {}
    for called, path in names:
        first = seen.setdefault(unicodedata.normalize("NFC", called.text).casefold(), called)
        if first != called:
            message = f"{called} and {first} are two names: SQLite folds the case of ASCII letters only"
            yield Finding(RULE.code, Level.WARNING, called.text, message, "give one of them another name", path)


def _spellings(columns: list[tuple[Table, Column]]) -> Iterator[Finding]:
    spelled: dict[str, Counter[str]] = {}
    for _, column in columns:
        spelled.setdefault(column.name.key, Counter())[column.name.text] += 1
    for key, counts in spelled.items():
        if len(counts) < 2:
            continue
        (usual, _), *others = counts.most_common()
        odd = [(table, column) for table, column in columns if column.name.key == key and column.name.text != usual]
        table, column = odd[0]
        where = some([f"{table.name}.{column.name}" for table, column in odd])
        message = f"spelled in {len(others) + 1} ways, mostly {usual}: {where}"
        path = column_path(table, column.name)
        yield Finding(RULE.code, Level.NOTE, f"{table.name}.{column.name}", message, f"write {usual}", path)


RULE = Rule("names-differ-in-case", _find)
