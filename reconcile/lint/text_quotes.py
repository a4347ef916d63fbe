"""Text that is not in single quotes, and is text only because SQLite finds no column of that name (quirks.html, 8)."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.lint.finding import Finding, Level, Path, Rule, Subject, column_path, constraint_path, index_path
from reconcile.model.table import Check, Column, Table
from reconcile.sql.names import fold, literal, unquote
from reconcile.sql.tokens import tokens

_CONSTANTS = frozenset({"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})


def _find(subject: Subject) -> Iterator[Finding]:
    for table in subject.tables:
        for column in table.columns:
            path = column_path(table, column.name)
            label = f"{table.name}.{column.name}"
            text = _default(column)
            if text is not None:
                message = f"DEFAULT {text} is the text {literal(unquote(text))}, and reads like a name"
                yield Finding(RULE.code, Level.WARNING, label, message, f"write {literal(unquote(text))}", path)
            if column.generated is not None:
                yield from _quoted(table, column.generated.expression.text, label, path)
        for constraint in table.constraints:
            if isinstance(constraint, Check):
                path = constraint_path(table, constraint)
                yield from _quoted(table, constraint.expression.text, table.name.text, path)
        for index in subject.indexes(table):
            texts = [term.expression.text for term in index.terms] + ([index.where.text] if index.where else [])
            for text in texts:
                yield from _quoted(table, text, index.name.text, index_path(index))


def _default(column: Column) -> str | None:
    """Give a default that is one word, or one text in double quotes, and so no constant."""
    found = tokens(column.default.text) if column.default else []
    if len(found) != 1:
        return None
    if found[0].kind == "word":
        return None if found[0].word in _CONSTANTS else found[0].text
    return found[0].text if found[0].text.startswith('"') else None


def _quoted(table: Table, text: str, label: str, path: Path) -> Iterator[Finding]:
    known = {column.name.key for column in table.columns} | {table.name.key, "rowid", "oid", "_rowid_"}
    found = [token.text for token in tokens(text) if token.text.startswith('"')]
    for quoted in dict.fromkeys(found):
        inner = unquote(quoted)
        if fold(inner) not in known:
            message = f"{quoted} is no column of {table.name}: SQLite takes it for the text {literal(inner)}"
            yield Finding(RULE.code, Level.WARNING, label, message, f"write {literal(inner)} if it is one", path)


RULE = Rule("text-quotes", _find)
