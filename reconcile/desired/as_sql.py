"""Schema -> a .sql file of CREATE statements, which SQLite and reconcile itself read again."""

from __future__ import annotations

from reconcile.model.schema import Schema
from reconcile.sql.tokens import TokenError, all_tokens


def as_sql(schema: Schema) -> str:
    """Write every object as SQLite stores it, in an order of creation."""
    return "".join(f"{_ended(entry.sql)}\n" for entry in schema.entries)


def _ended(sql: str) -> str:
    """End a statement. A comment at its end would swallow a semicolon on its line."""
    text = sql.rstrip()
    try:
        *_, last = all_tokens(text)
    except (TokenError, ValueError):
        return f"{text}\n;"
    if last.text == ";":
        return text
    return f"{text}\n;" if last.text.startswith("--") else f"{text};"
