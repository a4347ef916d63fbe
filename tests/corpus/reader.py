"""Read SQL text for the oracle: tokens, and the clauses of a CREATE TABLE wherever they were written.

Nothing here is shared with the package: an oracle that used the program's own reader would share its mistakes.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

_WORD = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*"
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\n\f\r]+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<blob>[xX]'(?:[0-9a-fA-F]{{2}})*')
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>{_WORD})
    |(?P<variable>\?\d*|[@$:#]\w+)
    |(?P<mark>->>|->|\|\||<<|>>|<=|>=|<>|==|!=|[-+*/%&|<>=~(),.;])""",
    re.VERBOSE | re.DOTALL,
)
_STARTS_COLUMN_CONSTRAINT = frozenset(
    "constraint primary not null unique check default collate references generated as deferrable".split()
)
_STARTS_TABLE_CONSTRAINT = frozenset(("constraint", "primary", "unique", "check", "foreign"))
_UPPERCASE = dict(zip(range(65, 91), range(97, 123), strict=True))


class Token(NamedTuple):
    kind: str
    text: str

    @property
    def keyword(self) -> str:
        return fold(self.text) if self.kind == "word" else ""


def fold(text: str) -> str:
    """Fold case as SQLite does: ASCII only."""
    return text.translate(_UPPERCASE)


def tokens(sql: str) -> list[Token]:
    found = []
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise ValueError(f"the oracle cannot read {sql[at : at + 20]!r}")
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match.group()))
        at = match.end()
    return found


def folded(found: list[Token]) -> str:
    """Write tokens so that texts which differ only in case, spacing, comments or quotes are equal."""
    return " ".join(_fold_token(token) for token in found)


def _fold_token(token: Token) -> str:
    match token.kind:
        case "quoted":
            quote = token.text[0]
            inner = token.text[1:-1]
            return fold(inner if quote == "[" else inner.replace(quote * 2, quote))
        case "string" | "variable":
            return token.text
        case _:
            return fold(token.text)


def _name(token: Token) -> str:
    """Read a token that stands where a name must: SQLite takes 'single quotes' for one there."""
    return fold(token.text[1:-1].replace("''", "'")) if token.kind == "string" else _fold_token(token)


def groups(found: list[Token]) -> list[list[Token]]:
    """Split what stands between one pair of parentheses at its own commas."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


@dataclass
class Clauses:
    """What a CREATE TABLE says and no PRAGMA tells, each in one spelling."""

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    constraints: Counter[str] = field(default_factory=Counter)


def clauses(sql: str) -> Clauses:
    """Read a CREATE TABLE; a constraint written on a column or on the table is the same constraint."""
    found = tokens(sql)
    opening = next(at for at, token in enumerate(found) if token.text == "(")
    body = found[opening + 1 : _closing(found, opening)]
    result = Clauses()
    for part in groups(body):
        if part[0].keyword in _STARTS_TABLE_CONSTRAINT:
            _Reader(part, result).table_constraints()
        else:
            _Reader(part, result).column()
    return result


def _closing(found: list[Token], opening: int) -> int:
    depth = 0
    for at in range(opening, len(found)):
        depth += {"(": 1, ")": -1}.get(found[at].text, 0)
        if depth == 0:
            return at
    raise ValueError("unbalanced parentheses")


class _Reader:
    """A cursor over the tokens of one column or table constraint."""

    def __init__(self, part: list[Token], result: Clauses) -> None:
        self.part = part
        self.result = result
        self.at = 0
        self.name = ""
        self.own: dict[str, str] = {}

    def column(self) -> None:
        name = _name(self._take())
        kind = []
        while self.at < len(self.part) and self._peek() not in _STARTS_COLUMN_CONSTRAINT:
            kind += self._group() if self.part[self.at].text == "(" else [self._take()]
        self.own = {"type": folded(kind)}
        self.result.columns[name] = self.own
        while self.at < len(self.part):
            self._column_constraint(name)

    def table_constraints(self) -> None:
        while self.at < len(self.part):
            match self._take().keyword:
                case "constraint":
                    self.name = _fold_token(self._take())
                case "primary":
                    self._expect("key")
                    self._key("primary key", self._inside())
                case "unique":
                    self._key("unique", self._inside())
                case "check":
                    self._check()
                case "foreign":
                    self._expect("key")
                    columns = folded(self._inside())
                    self._expect("references")
                    self._reference(columns)
                case other:
                    raise ValueError(f"unknown table constraint {other!r}")

    def _column_constraint(self, column: str) -> None:
        match self._take().keyword:
            case "constraint":
                self.name = _fold_token(self._take())
            case "primary":
                self._expect("key")
                direction = " desc" if self._accept("desc") else ""
                self._accept("asc")
                self._key("primary key", [Token("quoted", f'"{column}"'), *tokens(direction)])
            case "not":
                self._expect("null")
                self.own["not null"] = f"{self._spend_name()} {self._conflict()}".strip()
            case "null":
                self._conflict()
                self.name = ""
            case "unique":
                self._key("unique", [Token("quoted", f'"{column}"')])
            case "check":
                self._check()
            case "default":
                self.own["default"] = folded(self._default())
                self.name = ""
            case "collate":
                self.own["collate"] = _fold_token(self._take())
                self.name = ""
            case "references":
                self._reference(column)
            case "generated":
                self._expect("always")
                self._expect("as")
                self._generated()
            case "as":
                self._generated()
            case other:
                raise ValueError(f"unknown column constraint {other!r}")

    def _key(self, kind: str, columns: list[Token]) -> None:
        counted = any(token.keyword == "autoincrement" for token in columns)
        parts = [[token for token in part if token.keyword not in ("asc", "autoincrement")] for part in groups(columns)]
        words = [kind, self._spend_name(), f"({', '.join(map(folded, parts))})", self._conflict()]
        if self._accept("autoincrement") or counted:
            words.append("autoincrement")
        self._add(words)

    def _check(self) -> None:
        expression = self._inside()
        while expression and expression[0].text == "(" and _closing(expression, 0) == len(expression) - 1:
            expression = expression[1:-1]
        self._conflict()
        self._add(["check", self._spend_name(), folded(expression)])

    def _reference(self, columns: str) -> None:
        parent = _fold_token(self._take())
        keys = folded(self._inside()) if self._text() == "(" else ""
        rest: dict[str, str] = {"on delete": "no action", "on update": "no action"}
        while True:
            if self._accept("on"):
                event = self._take().keyword
                rest[f"on {event}"] = self._action()
            elif self._accept("match"):
                rest["match"] = _fold_token(self._take())
            elif self._deferral_ahead():
                rest["deferral"] = self._deferral()
            else:
                break
        tail = [f"{key} {value}" for key, value in sorted(rest.items())]
        self._add(["foreign key", self._spend_name(), f"({columns})", parent, f"({keys})", *tail])

    def _action(self) -> str:
        first = self._take().keyword
        return f"{first} {self._take().keyword}" if first in ("set", "no") else first

    def _deferral_ahead(self) -> bool:
        after = self.part[self.at + 1].keyword if self.at + 1 < len(self.part) else ""
        return self._peek() == "deferrable" or (self._peek() == "not" and after == "deferrable")

    def _deferral(self) -> str:
        refused = self._accept("not")
        self._expect("deferrable")
        when = self._take().keyword if self._accept("initially") else "immediate"
        return f"{'not ' if refused else ''}deferrable {when}"

    def _generated(self) -> None:
        expression = folded(self._inside())
        stored = self._accept("stored")
        if not stored:
            self._accept("virtual")
        self.own["generated"] = f"{expression} {'stored' if stored else 'virtual'}"
        self.name = ""

    def _default(self) -> list[Token]:
        if self._text() == "(":
            return self._group()
        sign = [self._take()] if self._text() in ("+", "-") else []
        return [*sign, self._take()]

    def _conflict(self) -> str:
        if self._peek() != "on":
            return ""
        self._take()
        self._expect("conflict")
        way = self._take().keyword
        return "" if way == "abort" else f"on conflict {way}"

    def _spend_name(self) -> str:
        name, self.name = self.name, ""
        return name and f"<{name}>"

    def _add(self, words: list[str]) -> None:
        self.result.constraints[" ".join(word for word in words if word)] += 1

    def _text(self) -> str:
        return self.part[self.at].text if self.at < len(self.part) else ""

    def _peek(self) -> str:
        return self.part[self.at].keyword if self.at < len(self.part) else ""

    def _take(self) -> Token:
        self.at += 1
        return self.part[self.at - 1]

    def _accept(self, keyword: str) -> bool:
        taken = self._peek() == keyword
        self.at += taken
        return taken

    def _expect(self, keyword: str) -> None:
        if not self._accept(keyword):
            raise ValueError(f"expected {keyword!r} before {self._text()!r}")

    def _group(self) -> list[Token]:
        start = self.at
        self.at = _closing(self.part, start) + 1
        return self.part[start : self.at]

    def _inside(self) -> list[Token]:
        return self._group()[1:-1]
