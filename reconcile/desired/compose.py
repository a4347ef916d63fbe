"""Pieces of SQL from a schema file -> CREATE statements.

Each piece is read alone before it is put beside others: a piece that holds one column definition, one constraint or
one expression from its first token to its last cannot add another, close a parenthesis that it did not open, or end
the statement. That is all this room promises; what a piece means, SQLite says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from reconcile.desired.guard import Refused, balanced, blank, explained, found_in, near, no_end, without_end
from reconcile.sql.clauses import Kind
from reconcile.sql.create import read_column, read_table_constraint, read_terms
from reconcile.sql.cursor import Cursor, Unreadable
from reconcile.sql.names import RESERVED, Name, name, unquote
from reconcile.sql.text import one_line
from reconcile.sql.tokens import Token

_SPACE: Final = " \t\n\f\r\ufeff"  # what SQLite's tokenizer skips; str.strip() would take U+00A0 off a name
_COUNTED: Final = (Kind.UNIQUE, Kind.CHECK, Kind.FOREIGN_KEY)
# Reserved words that an expression may hold outside parentheses. Any other ends it, as SELECT or AS would.
_IN_EXPRESSIONS: Final = frozenset(
    """AND BETWEEN CASE COLLATE DISTINCT ELSE ESCAPE EXISTS IN IS ISNULL NOT NOTNULL NULL OR THEN WHEN""".split()
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A column's definition, read alone. `constraints` counts its UNIQUE, CHECK and REFERENCES clauses."""

    sql: str
    constraints: int
    primary_key: bool


@lru_cache(maxsize=65536)
def definition(text: str) -> Definition:
    """Read what stands after a column's name. Cached, for most columns of a schema share a few definitions."""
    _whole(text)
    try:
        read = read_column(f"x {text}")
    except Unreadable as error:
        _guarded(text)
        raise explained(error, text, len("x "), "not a column definition") from None
    kinds = [clause.kind for clause in read.clauses]
    return Definition(_clean(text), sum(kind in _COUNTED for kind in kinds), Kind.PRIMARY_KEY in kinds)


@lru_cache(maxsize=65536)
def constraint(words: str, text: str) -> str:
    """Write a table constraint from its first words (``UNIQUE``) and the rest of it, ``(a, b) ON CONFLICT …``."""
    _whole(text)
    try:
        read_table_constraint(f"{words} {text}")
    except Unreadable as error:
        _guarded(text)
        raise explained(error, text, len(words) + 1, f"not a constraint {words}".rstrip()) from None
    return f"{words} {_clean(text)}".lstrip()


@lru_cache(maxsize=65536)
def expression(text: str) -> str:
    """Read one expression: balanced, without a comma or a clause outside of parentheses."""
    found = no_end(found_in(text))
    if not found:
        raise Refused("an expression is missing here", 0)
    before = ""
    for token, depth in balanced(found):
        word = token.word
        if depth == 0 and word == ",":
            raise Refused("an expression ends before this comma", token.start, "one value only may stand here")
        # IS DISTINCT FROM is an operator.
        if depth == 0 and word in _NOT_IN_EXPRESSIONS and (before, word) != ("DISTINCT", "FROM"):
            advice = "put a SELECT in parentheses" if word in {"SELECT", "VALUES"} else None
            raise Refused(f"{token.text} does not belong into an expression", token.start, advice)
        before = word
    return _clean(text)


_NOT_IN_EXPRESSIONS: Final = RESERVED - _IN_EXPRESSIONS


def label(called: str | None) -> str:
    """Write the name before a constraint."""
    return "" if called is None else f"CONSTRAINT {name(called).sql} "


def listed(columns: tuple[str, ...]) -> str:
    """Write a list of names in parentheses."""
    return f"({', '.join(name(column).sql for column in columns)})"


def table(called: Name, body: list[str], *, strict: bool, without_rowid: bool) -> str:
    """Write a CREATE TABLE from its columns and constraints, each on a line of its own."""
    options = ", ".join(["STRICT"] * strict + ["WITHOUT ROWID"] * without_rowid)
    lines = ",\n  ".join(body)
    return f"CREATE TABLE {called.sql} (\n  {lines}\n) {options}".rstrip(" ")


@lru_cache(maxsize=65536)
def index(text: str) -> str:
    """Read the columns of an index, and its WHERE."""
    found = no_end(without_end(found_in(text)))
    depths = balanced(found)
    try:
        read_terms(text)
    except Unreadable as error:
        raise explained(error, text, 0, "not the columns of an index") from None
    closing = next(place for place, (token, depth) in enumerate(depths) if depth == 0 and token.word == ")")
    following = found[closing + 1 :]
    if following and following[0].word != "WHERE":
        message = f"expected WHERE or the end, found {following[0].text!r}"
        raise Refused(message, following[0].start, near(following[0]))
    inside = text[: found[-1].end]
    if following:
        expression(blank(inside, following[0].end))
    return _clean(inside)


def view(text: str) -> str:
    """Read the SELECT of a view."""
    found = no_end(without_end(found_in(text)))
    if not found or found[0].word not in {"SELECT", "VALUES", "WITH"}:
        raise Refused("a view is a SELECT", found[0].start if found else 0)
    balanced(found)
    return text[: found[-1].end].strip(_SPACE)


class TriggerText(NamedTuple):
    """A trigger without its name and its table: what stands before ON, and what stands after the table."""

    event: str
    rest: str

    def on(self, owner: Name) -> str:
        """Write it with the table that it belongs to."""
        return f"{self.event} ON {owner.sql}{self.rest}"

    @property
    def text(self) -> str:
        """The trigger as a schema file holds it, where the table is known from its place."""
        return self.event + self.rest


def trigger(text: str, owner: Name | None = None) -> TriggerText:
    """Read a trigger from after its name to its END; an ON that is written must name `owner`, if one is given."""
    found_in(text)  # refuses a comment that never ends
    try:
        cursor = Cursor(text)
        _event(cursor)
        event = text[: cursor.found[cursor.mark() - 1].end].strip(_SPACE)
        start = len(text) - len(text.lstrip(_SPACE)) + len(event)
        if cursor.take("ON"):
            start = owner_of(cursor, owner).end
        _to_begin(cursor)
        _to_end(cursor)
    except Unreadable as error:
        raise explained(error, text, 0, "not a trigger") from None
    rest = text[start : cursor.end_of_text]
    return TriggerText(event, rest if rest[:1] in _SPACE else f" {rest}")


def _event(cursor: Cursor) -> None:
    if not (cursor.take("BEFORE") or cursor.take("AFTER")):
        cursor.take("INSTEAD", "OF")
    if cursor.take("UPDATE"):
        if cursor.take("OF"):
            cursor.name()
            while cursor.take(","):
                cursor.name()
    elif not (cursor.take("INSERT") or cursor.take("DELETE")):
        cursor.refuse("INSERT, UPDATE or DELETE")


def owner_of(cursor: Cursor, owner: Name | None = None) -> Token:
    """Pass the table after ON; refuse another than `owner`, if one is given."""
    found = cursor.name()
    if cursor.take("."):
        found = cursor.name()
    if owner is not None and name(unquote(found.text)) != owner:
        message = f"this trigger stands below {owner.text}, and says ON {found.text}"
        raise Refused(message, found.start, "leave ON out, or move the trigger")
    return found


def _to_begin(cursor: Cursor) -> None:
    cursor.take("FOR", "EACH", "ROW")
    if not cursor.at("WHEN"):
        cursor.need("BEGIN")
        return
    depth, before = 0, ""
    while True:
        token = cursor.next()
        # NEW.begin is a column: BEGIN is a name wherever SQLite's grammar wants one.
        if token.word == "BEGIN" and depth == 0 and before != ".":
            return
        if token.word == ";":
            cursor.back()
            cursor.refuse("BEGIN")
        depth += (token.word == "(") - (token.word == ")")
        before = token.word


def _to_end(cursor: Cursor) -> None:
    """Pass the body. END after a semicolon is the trigger's own: no CASE can hold a semicolon."""
    if cursor.at("END"):
        cursor.refuse("a statement")
    while not cursor.ended():
        if cursor.next().word == ";" and cursor.take("END"):
            cursor.finish()
            return
    message = "the trigger does not end: '; END' is missing"
    raise Refused(message, cursor.found[-1].start, "every statement in it ends with ';', the last one too")


def _whole(text: str) -> None:
    """Refuse what our reader passes over, and a statement may not: semicolons at the end, a comment without one."""
    if ";" in text or "/*" in text:
        _guarded(text)


def _guarded(text: str) -> None:
    """Look for the mistakes that have a better name than "expected the end"."""
    balanced(no_end(found_in(text)))


def _clean(text: str) -> str:
    """Take comments out: one that runs to the end of its line would swallow the comma written after it."""
    return one_line(text) if "--" in text or "/*" in text else text.strip(_SPACE)
