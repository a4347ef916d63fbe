"""What a SELECT calls its columns: SQLite names one without an alias by its text, white space and all.

Only a name that applications may read is at stake, so that a doubt costs a comparison, and no more.
"""

from __future__ import annotations

from itertools import pairwise

from reconcile.sql.names import RESERVED
from reconcile.sql.tokens import Token, tokens

_ENDS = frozenset("FROM WHERE GROUP HAVING WINDOW ORDER LIMIT UNION INTERSECT EXCEPT".split())
# Behind these, a word is an operand and no alias; they are no operators to the tokenizer.
_TAKE_A_NAME = frozenset("COLLATE OVER LIKE GLOB REGEXP MATCH BETWEEN".split())
_OPERANDS = frozenset({"END", "NULL", "ISNULL", "NOTNULL"})


def unnamed(select: str) -> tuple[str, ...]:
    """Give the texts of those result columns of a SELECT that have neither an alias nor the name of a column."""
    return tuple(
        select[item[0].start : item[-1].end].replace("\r\n", "\n")  # a schema file has its own line ends
        for item in _items(tokens(select))
        if not (_is_a_name(item) or _has_an_alias(item))
    )


def _items(found: list[Token]) -> list[list[Token]]:
    """Cut the result columns of the first SELECT apart, past the WITH before it."""
    out: list[list[Token]] = []
    depth, inside, before = 0, False, ""
    for token in found:
        word = token.word
        depth += (word == "(") - (word == ")")
        if depth == 0 and not inside:
            inside = word == "SELECT"
            out += [[]] * inside
        elif depth == 0 and (word in _ENDS and before != "DISTINCT"):  # a IS DISTINCT FROM b
            break
        elif depth == 0 and word == ",":
            out.append([])
        elif inside and (out[-1] or word not in ("DISTINCT", "ALL")):
            out[-1] = [*out[-1], token]
        before = word
    return [item for item in out if item and item[0].text != ";"]


def _is_a_name(item: list[Token]) -> bool:
    return all(token.text in ("*", ".") or token.kind in ("word", "quoted") for token in item) and all(
        "." in (left.text, right.text) for left, right in pairwise(item)
    )


def _has_an_alias(item: list[Token]) -> bool:
    if len(item) < 2 or item[-1].kind not in ("word", "quoted", "string") or item[-1].word in RESERVED | _OPERANDS:
        return False
    before = item[-2]
    if before.kind == "operator":
        return before.text == ")"
    return before.word == "AS" or before.word not in (RESERVED | _TAKE_A_NAME) - _OPERANDS
