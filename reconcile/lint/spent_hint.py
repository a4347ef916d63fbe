"""A `renamed_from` that can do nothing any more, as far as the file alone can tell."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Path, Rule, Subject, column_path
from reconcile.model.schema import ObjectKind
from reconcile.sql.names import Name

Hinted = tuple[Name, tuple[Name, ...] | None, Path, str]


def _find(subject: Subject) -> Iterator[Finding]:
    relations: list[Hinted] = []
    for entry in subject.schema.entries:
        if entry.kind.is_relation:
            path: Path = ("views" if entry.kind is ObjectKind.VIEW else "tables", entry.name.text)
            relations.append((entry.name, subject.hints.table(entry.name).renamed_from, path, entry.name.text))
    yield from _spent(relations)
    for table in subject.tables:
        columns: list[Hinted] = []
        for column in table.columns:
            hint = subject.hints.column(table.name, column.name)
            label = f"{table.name}.{column.name}"
            columns.append((column.name, hint.renamed_from, column_path(table, column.name), label))
        yield from _spent(columns)


def _spent(hinted: list[Hinted]) -> Iterator[Finding]:
    olds = {name: hint for name, hint, _, _ in hinted}
    for name, hint, path, label in hinted:
        for old in hint or ():
            if old == name:
                message = f"renamed_from: {old} is the name itself, so that nothing is renamed"
            elif old in olds and not olds[old]:
                # Where the old name has a hint of its own, it moves away: a swap, or a chain.
                message = f"renamed_from: {old}, but {old} is declared beside it: nothing can be renamed any more"
            else:
                continue
            advice = "take the hint out"
            yield Finding(RULE.code, Level.WARNING, label, message, advice, (*path, "renamed_from"))


RULE = Rule("spent-hint", _find)
