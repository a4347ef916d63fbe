"""Defaults: what a DEFAULT gives, as SQL, and whether it is one literal."""

from __future__ import annotations

from reconcile.model.table import Column
from reconcile.sql.names import unquote
from reconcile.sql.tokens import tokens


def default_value(column: Column) -> str:
    """Write what rows that exist get from a column's DEFAULT. A bare word is a string (lang_createtable.html, 3.2)."""
    if column.default is None:
        return "NULL"
    text = column.default.text
    found = tokens(text)
    constants = ("NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP")
    if len(found) == 1 and (found[0].kind == "quoted" or (found[0].kind == "word" and found[0].word not in constants)):
        return "'" + unquote(found[0].text).replace("'", "''") + "'"
    return f"({text})"


def is_constant(text: str) -> bool:
    """Say whether a default is one literal, signed or in parentheses perhaps: SQLite adds no other in place."""
    found = [token for token in tokens(text) if token.text not in ("(", ")", "+", "-")]
    if len(found) != 1:
        return False
    words = ("CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP")
    return (
        found[0].kind in ("number", "string", "blob")
        or found[0].word in ("NULL", "TRUE", "FALSE")
        or (found[0].kind in ("word", "quoted") and found[0].word not in words and not text.lstrip().startswith("("))
    )
