"""SQL text -> tokens with exact spans, as SQLite's tokenize.c cuts it. Strings, blobs and comments are opaque."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from reconcile.sql.names import KEYWORDS, fold, unquote

Kind = Literal["space", "comment", "word", "quoted", "string", "number", "blob", "variable", "operator"]

# A character of an identifier, and the first one (IdChar): said by what it is not, which compiles ten times as fast.
CHARACTER = r"[^\x00-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
_WORD = rf"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]{CHARACTER}*"
_DIGITS = r"\d+(?:_\d+)*"
_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t\n\f\r\ufeff]+)
    | (?P<comment>--[^\n]*|/\*(?s:.*?)(?:\*/|\Z))
    | (?P<blob>[xX]'(?:[0-9a-fA-F]{{2}})*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    | (?P<number>(?:0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*
        |(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?)(?!{CHARACTER}))
    | (?P<word>(?![xX]'){_WORD})
    | (?P<variable>\?\d*|[@$:\#]{CHARACTER}+)
    | (?P<operator>->>|->|\|\||<<|>>|<=|>=|<>|==|!=|[-+*/%&|<>=~(),.;])
    """,
    re.VERBOSE,
)


class TokenError(ValueError):
    """Text that SQLite's tokenizer does not accept, at character offset `offset`."""

    def __init__(self, sql: str, offset: int) -> None:
        super().__init__(f"unrecognized token {sql[offset : offset + 20]!r} at offset {offset}")
        self.offset = offset


class Token(NamedTuple):
    """One token: `text` is ``sql[start:end]``. A NamedTuple, because a schema has a hundred thousand of them."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The token in upper case if it is a bare word or an operator, else something that equals no keyword."""
        return self.text.upper() if self.kind == "word" else self.text if self.kind == "operator" else "\0"

    @property
    def folded(self) -> str:
        """A text that is equal for tokens which SQLite always takes for the same."""
        return _fold(self)


def all_tokens(sql: str) -> Iterator[Token]:
    """Cut `sql` into tokens, white space and comments included; raise `TokenError` where SQLite would."""
    position, end, match = 0, len(sql), _TOKEN.match
    while position < end:
        found = match(sql, position)
        if found is None:
            raise TokenError(sql, position)
        stop = found.end()
        yield Token(found.lastgroup, found[0], position, stop)  # type: ignore[arg-type]
        position = stop


def tokens(sql: str) -> list[Token]:
    """Cut `sql` into the tokens that have a meaning (no white space, no comments)."""
    return [token for token in all_tokens(sql) if token.kind not in ("space", "comment")]


_SAME_OPERATOR = {"==": "=", "<>": "!="}


def _fold(token: Token) -> str:
    match token.kind:
        case "word":
            return fold(token.text)
        case "quoted":
            return _fold_quoted(token.text)
        case "blob":
            return token.text.upper()
        case "operator":
            return _SAME_OPERATOR.get(token.text, token.text)
        case _:
            return token.text


def _fold_quoted(text: str) -> str:
    inner = unquote(text)
    # "Size" may be a string literal (SQLite's DQS misfeature), where case counts; [x] and `x` are always names.
    # A quoted keyword is not the keyword: "current_time" and current_time differ.
    if text[0] == '"' or inner.upper() in KEYWORDS:
        return '"' + inner + '"'
    return fold(inner)
