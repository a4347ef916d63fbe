"""A cursor over the tokens of one statement, with the few moves that SQLite's grammar needs."""

from __future__ import annotations

from typing import NoReturn

from reconcile.sql.clauses import Span
from reconcile.sql.names import RESERVED
from reconcile.sql.tokens import Token, TokenError, tokens

_JOIN_WORDS = frozenset({"CROSS", "FULL", "INNER", "LEFT", "NATURAL", "OUTER", "RIGHT"})  # names, but not types


class Unreadable(ValueError):  # noqa: N818 - the name says it
    """Text that is not what SQLite's grammar allows here. `offset` is in characters of the source."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Cursor:
    """The one mutable thing on this floor: where the reader stands in the tokens."""

    def __init__(self, source: str) -> None:
        self.source = source
        try:
            self.found = tokens(source)
        except TokenError as error:
            raise Unreadable(str(error), error.offset) from None
        while self.found and self.found[-1].text == ";":
            self.found.pop()
        self.end_of_text = self.found[-1].end if self.found else 0
        self._eof = Token("space", "", self.end_of_text, self.end_of_text)
        self._position = 0

    def peek(self, ahead: int = 0) -> Token:
        """Look at a token without moving."""
        position = self._position + ahead
        return self.found[position] if position < len(self.found) else self._eof

    def at(self, *words: str) -> bool:
        """Say whether these bare words or operators come next."""
        position = self._position
        if position + len(words) > len(self.found):
            return False
        for word in words:  # a plain loop: a generator here was most of the time of reading a schema
            if self.found[position].word != word:
                return False
            position += 1
        return True

    def take(self, *words: str) -> bool:
        """Pass these words if they come next, and say whether they did."""
        if not self.at(*words):
            return False
        self._position += len(words)
        return True

    def need(self, word: str) -> Token:
        """Pass this word or refuse."""
        if not self.at(word):
            self.refuse(word)
        return self.next()

    def next(self) -> Token:
        """Pass any one token."""
        if self.ended():
            self.refuse("more text")
        self._position += 1
        return self.found[self._position - 1]

    def back(self) -> None:
        """Step back one token, so that a refusal points at it."""
        self._position -= 1

    def ended(self) -> bool:
        """Say whether no token is left."""
        return self._position >= len(self.found)

    def at_name(self) -> bool:
        """Say whether an identifier comes next (parse.y: nm)."""
        token = self.peek()
        if token.kind == "word":
            return token.word not in RESERVED
        return token.kind in ("quoted", "string")

    def at_type_word(self) -> bool:
        """Say whether a word of a type name comes next (parse.y: ids)."""
        return self.at_name() and self.peek().word not in _JOIN_WORDS

    def name(self) -> Token:
        """Pass an identifier or refuse."""
        if not self.at_name():
            self.refuse("a name")
        return self.next()

    def mark(self) -> int:
        """Remember where we stand; see `since`."""
        return self._position

    def since(self, mark: int) -> Span:
        """Give the source span of the tokens passed since `mark` (empty where none was)."""
        if mark == self._position:
            start = self.peek().start
            return Span(start, start)
        return Span(self.found[mark].start, self.found[self._position - 1].end)

    def parentheses(self) -> str:
        """Pass a balanced ( … ) and give what stands inside, from its first token to its last.

        A comment at the edge stays outside: whoever writes `(…)` around the text would let ``-- …`` swallow the `)`.
        """
        self.need("(")
        mark, depth = self._position, 1
        while depth:
            token = self.next()
            depth += (token.word == "(") - (token.word == ")")
        inside = self.found[mark : self._position - 1]
        return self.source[inside[0].start : inside[-1].end] if inside else ""

    def groups(self) -> list[list[Token]]:
        """Pass ( a , b , … ) and give the tokens between the commas of the outer level."""
        self.need("(")
        out: list[list[Token]] = [[]]
        depth = 0
        while True:
            token = self.next()
            if token.word == ")" and depth == 0:
                return out
            depth += (token.word == "(") - (token.word == ")")
            if token.word == "," and depth == 0:
                out.append([])
            else:
                out[-1].append(token)

    def rest(self) -> str:
        """Pass everything that is left and give it verbatim."""
        if self.ended():
            return ""
        start = self.peek().start
        self._position = len(self.found)
        return self.source[start : self.end_of_text]

    def finish(self) -> None:
        """Refuse if anything is left."""
        if not self.ended():
            self.refuse("the end")

    def refuse(self, expected: str) -> NoReturn:
        """Raise `Unreadable` at the token that comes next."""
        token = self.peek()
        found = repr(token.text[:40]) if token.text else "the end of the text"
        raise Unreadable(f"expected {expected}, found {found}", token.start)
