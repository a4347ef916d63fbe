"""SqlText: an expression or a body, equal to another when SQLite must read both alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from reconcile.sql.names import KEYWORDS, fold, unquote
from reconcile.sql.tokens import Token, tokens

NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SqlText:
    """A piece of SQL. `text` is the source, comments and all; `key` its folded tokens, by which it is compared."""

    text: str = field(compare=False)
    key: tuple[str, ...]

    def __str__(self) -> str:
        """Give the source text."""
        return self.text

    @property
    def line(self) -> str:
        """The text on one line, without comments: for eyes and for schema.yaml."""
        return one_line(self.text)


def sql_text(text: str, known: frozenset[str] = NO_NAMES) -> SqlText:
    """Read a piece of SQL; `known` holds the folded names that ``"x"`` would resolve to, instead of a string."""
    return SqlText(text.strip(), folded(text, known))


def expression(text: str, known: frozenset[str] = NO_NAMES) -> SqlText:
    """Read an expression: pairs of parentheses around the whole of it mean nothing."""
    found = tokens(text)
    while _wrapped(found):
        found = found[1:-1]
    return SqlText(text.strip(), _keys(found, known))


def folded(text: str, known: frozenset[str] = NO_NAMES) -> tuple[str, ...]:
    """Fold a text to the tuple by which it is compared: no comments, no white space, no trailing semicolons."""
    found = tokens(text)
    while found and found[-1].text == ";":
        found.pop()
    return _keys(found, known)


@lru_cache(maxsize=4096)
def one_line(text: str) -> str:
    """Put SQL on one line: comments go, runs of white space become one space, nothing else changes."""
    out: list[str] = []
    last_end = 0
    for token in tokens(text):
        # A comment separates tokens just as white space does: `a/**/b` may not become `ab`.
        if out and token.start > last_end:
            out.append(" ")
        out.append(token.text)
        last_end = token.end
    return "".join(out)


def _keys(found: list[Token], known: frozenset[str]) -> tuple[str, ...]:
    return tuple(fold(unquote(token.text)) if _resolves(token, known) else token.folded for token in found)


def _resolves(token: Token, known: frozenset[str]) -> bool:
    if token.kind != "quoted" or not known:
        return False
    inner = unquote(token.text)
    return fold(inner) in known and inner.upper() not in KEYWORDS


def _wrapped(found: list[Token]) -> bool:
    """Say whether the first parenthesis closes at the very end."""
    if len(found) < 3 or found[0].text != "(" or found[-1].text != ")":
        return False
    depth = 0
    for position, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return position == len(found) - 1
    return False
