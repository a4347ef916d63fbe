"""One whole CREATE statement, as a schema file may hold it: its head, and that nothing else is there."""

from __future__ import annotations

from typing import Final, NamedTuple

from reconcile.desired.compose import owner_of, trigger
from reconcile.desired.guard import Refused, balanced, blank, explained, found_in, no_end, without_end
from reconcile.model.schema import ObjectKind
from reconcile.sql.cursor import Cursor, Unreadable
from reconcile.sql.names import Name, name, unquote
from reconcile.sql.tokens import Token


class Head(NamedTuple):
    """The head of a whole CREATE statement. `sql` is the statement as SQLite stores it: no IF NOT EXISTS, no `;`."""

    kind: ObjectKind
    name: Name
    table: Name
    sql: str


def statement(text: str) -> Head:
    """Read the head of a CREATE statement, and see that nothing but this one statement is there."""
    found = without_end(found_in(text))
    try:
        cursor = Cursor(text)
        kind, word = _kind(cursor)
        called = _qualified(cursor)
        following = cursor.peek()
        owner = called if kind.is_relation else _on(cursor)
    except Unreadable as error:
        raise explained(error, text, 0, "not a CREATE statement") from None
    if kind is ObjectKind.TRIGGER:
        trigger(blank(text, called.end))
    else:
        balanced(no_end(found))
    if kind is ObjectKind.TABLE and following.word == "AS":
        raise Refused("CREATE TABLE … AS describes rows", following.start, "list the columns")
    sql = f"CREATE {word} {text[called.start : cursor.end_of_text]}"
    return Head(kind, name(unquote(called.text)), name(unquote(owner.text)), sql)


def _kind(cursor: Cursor) -> tuple[ObjectKind, str]:
    cursor.need("CREATE")
    if cursor.at("TEMP") or cursor.at("TEMPORARY"):
        raise Refused("a temporary object is no part of a schema", cursor.peek().start)
    for kind, words in _KINDS:
        if cursor.take(*words):
            return kind, " ".join(words)
    return cursor.refuse("TABLE, INDEX, VIEW, TRIGGER or VIRTUAL TABLE")


_KINDS: Final = (
    (ObjectKind.TABLE, ("TABLE",)),
    (ObjectKind.VIRTUAL, ("VIRTUAL", "TABLE")),
    (ObjectKind.INDEX, ("INDEX",)),
    (ObjectKind.INDEX, ("UNIQUE", "INDEX")),
    (ObjectKind.VIEW, ("VIEW",)),
    (ObjectKind.TRIGGER, ("TRIGGER",)),
)


def _qualified(cursor: Cursor) -> Token:
    cursor.take("IF", "NOT", "EXISTS")
    found = cursor.name()
    if cursor.take("."):
        if name(unquote(found.text)) != name("main"):
            raise Refused(f"{found.text} is another database", found.start, "leave the database's name out")
        found = cursor.name()
    return found


def _on(cursor: Cursor) -> Token:
    while not cursor.at("ON"):
        cursor.next()
    cursor.need("ON")
    return owner_of(cursor)
