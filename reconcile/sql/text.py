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
    """Read a piece of SQL; `known` holds the folded columns that ``"x"`` would resolve to, instead of a string."""
    return SqlText(text.strip(), folded(text, known))


def exact_text(text: str) -> SqlText:
    """Read a piece of SQL in which the spelling of every token counts, and only the layout does not."""
    found = [token.text for token in tokens(text)]
    while found and found[-1] == ";":
        found.pop()
    return SqlText(text.strip(), tuple(found))


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


def spelled(text: str) -> tuple[str, ...]:
    """Give the tokens of a text to the letter, but for the case of its keywords and the semicolons at its end."""
    return tuple(word.upper() if word.upper() in KEYWORDS else word for word in exact_text(text).key)


def requoted(a: str, b: str) -> bool:
    """Say whether two texts, comments and all, differ in nothing but white space and the quotes around names."""
    return _unquoted(a) == _unquoted(b)


def _unquoted(text: str) -> list[str]:
    out, last = [], 0
    for token in tokens(text):
        between = text[last : token.start].strip()
        out += [between] if between else []
        out.append(unquote(token.text) if token.kind in ("word", "quoted") else token.text)
        last = token.end
    return [*out, text[last:].strip(" ;\n\r\t")]


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
    return tuple(
        fold(unquote(token.text)) if token.kind == "quoted" and _resolves(found, place, known) else token.folded
        for place, token in enumerate(found)
    )


def _resolves(found: list[Token], place: int, known: frozenset[str]) -> bool:
    """Say whether a quoted word is a name for certain: a known column, or a part of ``"t"."a"``."""
    inner = unquote(found[place].text)
    if inner.upper() in KEYWORDS:
        return False
    # The table's own name is none by itself: in a CHECK of t, "t" is the string 't' and "T" another one.
    dotted = [near.text for near in found[max(place - 1, 0) : place + 2] if near.text == "."]
    return bool(dotted) or fold(inner) in known


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
