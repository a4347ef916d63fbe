"""A .sql file -> Draft: the CREATE statements in it, as they stand there.

What ``.schema`` and ``.dump`` of the sqlite3 shell print around them is passed over: PRAGMAs, BEGIN and COMMIT, what
ANALYZE gathered, the counters of AUTOINCREMENT, the tables in which virtual tables keep their data, and our history.
Rows of tables are refused: a schema holds none, and passing over them would look like loading them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

from reconcile.desired.compose import owner_of, trigger
from reconcile.desired.document import DEFAULT_HISTORY_TABLE
from reconcile.desired.draft import Draft, Fragment
from reconcile.desired.guard import Refused, balanced, blank, explained, found_in, no_end, without_end
from reconcile.desired.nodes import Flaw, Source
from reconcile.errors import Problem, SchemaFileError
from reconcile.model.hints import Hints
from reconcile.model.schema import ObjectKind
from reconcile.sql.cursor import Cursor, Unreadable
from reconcile.sql.names import Name, fold, name, unquote
from reconcile.sql.tokens import Token, tokens

_PASSED_OVER: Final = frozenset({"ANALYZE", "BEGIN", "COMMIT", "PRAGMA"})
_CATALOGS: Final = frozenset({"sqlite_schema", "sqlite_master"})
_COUNTERS: Final = frozenset({"sqlite_sequence", "sqlite_stat1", "sqlite_stat3", "sqlite_stat4"})
_HISTORY: Final = frozenset({DEFAULT_HISTORY_TABLE, DEFAULT_HISTORY_TABLE + "_reconcile"})
# The tables that the modules of SQLite itself keep behind a virtual table, by what is added to its name.
_SHADOWS: Final = {
    "fts3": ("content", "docsize", "segdir", "segments", "stat"),
    "fts4": ("content", "docsize", "segdir", "segments", "stat"),
    "fts5": ("config", "content", "data", "docsize", "idx"),
    "geopoly": ("node", "parent", "rowid"),
    "rtree": ("node", "parent", "rowid"),
    "rtree_i32": ("node", "parent", "rowid"),
}


def declare_sql(text: str, file: str, digest: str) -> Draft:
    """Declare what a file of CREATE statements says; raise SchemaFileError with every statement that is none."""
    source = Source(text, file)
    try:
        found = found_in(text)
    except Refused as refused:
        raise SchemaFileError((source.problem(Flaw(refused.offset, refused.message, refused.help)),)) from None
    declaration = _Declaration(source)
    for start, end in _statements(found):
        declaration.take(start, end)
    if declaration.problems:
        raise SchemaFileError(tuple(declaration.problems))
    history = name(DEFAULT_HISTORY_TABLE)
    return Draft(tuple(declaration.fragments), Hints(), (), history, file, digest)


def _statements(found: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield where each statement starts and ends in the text, its semicolon left out."""
    first = 0
    for place, token in enumerate(found):
        if token.word != ";" or (_is_trigger(found, first) and not _ends_trigger(found, first, place)):
            continue
        if place > first:
            yield found[first].start, found[place - 1].end
        first = place + 1
    if first < len(found):
        yield found[first].start, found[-1].end


def _is_trigger(found: list[Token], first: int) -> bool:
    words = [token.word for token in found[first : first + 3]]
    return words[:1] == ["CREATE"] and "TRIGGER" in words[1:]


def _ends_trigger(found: list[Token], first: int, place: int) -> bool:
    # As sqlite3_complete() sees it: no CASE can hold a semicolon, so END after one is the trigger's own.
    return place - first > 3 and found[place - 1].word == "END" and found[place - 2].word == ";"


@dataclass(slots=True)
class _Declaration:
    """What has been declared so far, and what was wrong with it."""

    source: Source
    fragments: list[Fragment] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _seen: dict[tuple[bool, Name], int] = field(default_factory=dict)
    _shadows: set[str] = field(default_factory=set)
    _rows: bool = False

    def take(self, start: int, end: int) -> None:
        """Take the next statement."""
        text = self.source.text[start:end]
        found = tokens(text)
        word = found[0].word
        if word in {"INSERT", "DELETE", "REPLACE"}:
            self._take_rows(start, text, found)
        elif word == "CREATE":
            self._create(start, text)
        elif word not in _PASSED_OVER:
            self._refuse(start, f"a schema file holds CREATE statements, not {found[0].text}")

    def _create(self, start: int, text: str, *, inside: bool = False) -> None:
        """Declare one object; `inside` says that the text stands in a string, so that only its start is known."""
        try:
            head = statement(text)
        except Refused as refused:
            self._refuse(start + (0 if inside else refused.offset), refused.message, refused.help)
            return
        if self._is_nobodys(head):
            return
        if head.kind is ObjectKind.VIRTUAL:
            module = next(b for a, b in pairwise(tokens(head.sql)) if a.word == "USING")
            suffixes = _SHADOWS.get(fold(unquote(module.text)), ())
            self._shadows.update(f"{head.name.key}_{suffix}" for suffix in suffixes)
        first = self._seen.setdefault((head.kind is ObjectKind.TRIGGER, head.name), start)
        if first != start:
            line, _ = self.source.position(first)
            self._refuse(start, f"{head.kind.value} {head.name.text} has a name that is taken at line {line}")
            return
        blame = partial(_blamed, self.source, start)
        self.fragments.append(Fragment(head.kind, head.name, head.table, head.sql, None, None, blame))

    def _is_nobodys(self, head: Head) -> bool:
        keys = {head.name.key, head.table.key}
        shadow = head.kind is ObjectKind.TABLE and head.name.key in self._shadows
        return shadow or bool(keys & (_COUNTERS | _HISTORY))

    def _take_rows(self, start: int, text: str, found: list[Token]) -> None:
        into = next((fold(unquote(b.text)) for a, b in pairwise(found) if a.word in {"INTO", "FROM"}), "")
        if into in _COUNTERS or into in self._shadows:
            return
        if into in _CATALOGS and found[0].word == "INSERT" and found[-2].kind == "string":
            # `.dump` writes a virtual table so that loading the file does not run its module.
            self._create(start, unquote(found[-2].text), inside=True)
            return
        if not self._rows:  # once: a dump may have a million of them
            advice = "a schema holds no rows; `sqlite3 DB .schema` prints none"
            self._refuse(start, f"{text.split(maxsplit=1)[0]} changes rows", advice)
        self._rows = True

    def _refuse(self, start: int, message: str, advice: str | None = None) -> None:
        self.problems.append(self.source.problem(Flaw(start, message, advice)))


def _blamed(source: Source, start: int, message: str) -> Problem:
    return source.problem(Flaw(start, message))


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
