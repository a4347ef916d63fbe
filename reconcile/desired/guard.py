"""The guards that every piece of SQL from a schema file passes: whole tokens, balanced, one statement, no surprise."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from reconcile.sql.cursor import Unreadable
from reconcile.sql.tokens import Token, TokenError, all_tokens

_WORDS: Final = (
    "AUTOINCREMENT",
    "CHECK",
    "COLLATE",
    "CONSTRAINT",
    "DEFAULT",
    "DEFERRABLE",
    "GENERATED ALWAYS AS",
    "NOT NULL",
    "ON CONFLICT",
    "PRIMARY KEY",
    "REFERENCES",
    "UNIQUE",
    "WHERE",
)


class Refused(ValueError):  # noqa: N818 - the name says it
    """A piece that is not what its place wants. `offset` is in characters of the piece, as the author wrote it."""

    def __init__(self, message: str, offset: int, help: str | None = None) -> None:  # noqa: A002 - as Problem calls it
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.help = help


def blank(text: str, end: int) -> str:
    """Put spaces for the beginning of a text, so that places in the rest stay what they are."""
    return " " * end + text[end:]


def found_in(text: str) -> list[Token]:
    """Cut a piece into its tokens; refuse a comment that would swallow what is written after the piece."""
    try:
        found = list(all_tokens(text))
    except TokenError as error:
        quote = text[error.offset] in "'\"`["
        advice = "double a quote inside quotes: 'it''s'" if quote else None
        message = "the quote that opens here is never closed" if quote else str(error).partition(" at offset")[0]
        raise Refused(message, error.offset, advice) from None
    if found and found[-1].text.startswith("/*") and (len(found[-1].text) < 4 or not found[-1].text.endswith("*/")):
        raise Refused("the comment that opens here is never closed", found[-1].start)
    return [token for token in found if token.kind not in ("space", "comment")]


def balanced(found: list[Token]) -> list[tuple[Token, int]]:
    """Give each token with the parentheses that are open around it; refuse what is not balanced."""
    opened: list[Token] = []
    out: list[tuple[Token, int]] = []
    for token in found:
        if token.word == ")":
            if not opened:
                raise Refused("this parenthesis closes none", token.start)
            opened.pop()
        out.append((token, len(opened)))
        if token.word == "(":
            opened.append(token)
    if opened:
        raise Refused("this parenthesis is never closed", opened[-1].start)
    return out


def no_end(found: list[Token]) -> list[Token]:
    """Refuse a semicolon."""
    for token in found:
        if token.word == ";":
            raise Refused("a semicolon ends the statement", token.start, "leave it out")
    return found


def without_end(found: list[Token]) -> list[Token]:
    """Take away the semicolons at the end."""
    while found and found[-1].word == ";":
        found.pop()
    return found


def explained(error: Unreadable, text: str, shift: int, what: str) -> Refused:
    """Say what our reader found, when it read `text` behind `shift` characters of our own."""
    offset = min(max(error.offset - shift, 0), len(text))
    found = next((token for token in all_tokens(text) if token.start == offset), None)
    return Refused(f"{what}: {error.message}", offset, near(found) if found else None)


def near(found: Token) -> str | None:
    """Say what is usually meant by a token that does not fit."""
    if found.word == ",":
        return "every column, index and constraint is an entry of its own"
    if found.word == "(":
        return "an expression stands in parentheses: DEFAULT (…), CHECK (…)"
    known = get_close_matches(found.word, _WORDS, n=1, cutoff=0.75)
    return f"did you mean {known[0]}?" if known and found.word not in _WORDS else None
