"""The lists in parentheses: terms of keys and of indexes, and plain columns."""

from __future__ import annotations

from reconcile.sql.clauses import Term
from reconcile.sql.cursor import Cursor, Unreadable
from reconcile.sql.names import RESERVED, unquote
from reconcile.sql.names import name as make_name
from reconcile.sql.tokens import Token

# Behind these words an operand has to follow: `a LIKE desc` ends with a column that is called so.
_OPERATORS = frozenset("AND BETWEEN CASE COLLATE ELSE ESCAPE GLOB IN IS LIKE MATCH NOT OR REGEXP THEN WHEN".split())


def terms(cursor: Cursor) -> tuple[Term, ...]:
    """Read ``(a, b COLLATE x DESC, lower(c))``."""
    return tuple(_term(cursor, group) for group in cursor.groups())


def key_terms(cursor: Cursor) -> tuple[tuple[Term, ...], bool]:
    """Read the terms of a PRIMARY KEY; ``PRIMARY KEY (id AUTOINCREMENT)`` is grammar too."""
    inside = cursor.groups()
    auto = bool(inside and inside[-1] and inside[-1][-1].word == "AUTOINCREMENT")
    if auto:
        inside[-1] = inside[-1][:-1]
    return tuple(_term(cursor, group) for group in inside), auto


def columns(cursor: Cursor) -> tuple[Term, ...]:
    """Read ``(a, b)``, in which nothing but names may stand."""
    found = terms(cursor)
    for term in found:
        if term.column is None:
            cursor.back()
            cursor.refuse(f"the name of a column in place of {term.expression!r}")
    return found


def _term(cursor: Cursor, group: list[Token]) -> Term:
    order = collation = None
    if len(group) > 1 and group[-1].word in ("ASC", "DESC") and _may_end(group[-2]):
        order = group[-1].word
        group = group[:-1]
    if len(group) > 2 and group[-2].word == "COLLATE":
        collation = group[-1].text
        group = group[:-2]
    if not group:
        cursor.refuse("a column or an expression")
    if group[-1].word in _OPERATORS or group[0].word in ("COLLATE", ",", ")"):
        raise Unreadable(f"expected an expression, found {group[-1].text!r}", group[-1].start)
    text = cursor.source[group[0].start : group[-1].end]
    plain = len(group) == 1 and group[0].kind in ("word", "quoted", "string") and group[0].word not in RESERVED
    return Term(text, make_name(unquote(text)) if plain else None, collation, order)


def _may_end(token: Token) -> bool:
    """Say whether an expression may end here: then ASC or DESC behind it is the order, and no column's name."""
    return token.text == ")" if token.kind == "operator" else token.word not in _OPERATORS
