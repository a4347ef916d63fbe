"""CREATE statements -> clauses, each with its exact source slice.

The grammar is SQLite's (parse.y): names may be quoted in four ways, be keywords with a fallback, or be string
literals; constraints of a table need no commas between them; a constraint may carry several names. What this
reader does not understand it refuses: `Unreadable` names the place. `read` proves itself (see `prove.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from reconcile.sql.clauses import (
    Clause,
    ColumnText,
    CreateIndex,
    CreateOther,
    CreateTable,
    Kind,
    Reference,
    Span,
    Statement,
    Term,
)
from reconcile.sql.cursor import Cursor, Unreadable
from reconcile.sql.prove import proven
from reconcile.sql.terms import columns, key_terms, terms
from reconcile.sql.tokens import Token

_CONFLICTS = frozenset({"ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"})
_ACTIONS = (("SET", "NULL"), ("SET", "DEFAULT"), ("CASCADE",), ("RESTRICT",), ("NO", "ACTION"))
_LITERAL_WORDS = frozenset({"NULL", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"})
_Reader = Callable[[Cursor], "dict[str, object] | None"]
_TABLE_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})


@lru_cache(maxsize=65536)
def read(source: str) -> Statement:
    """Read one CREATE statement; raise `Unreadable` where it is not SQLite's grammar or cannot be proven kept."""
    cursor = Cursor(source)
    statement = _statement(cursor)
    cursor.finish()
    proven(statement, cursor.found)
    return statement


def read_column(source: str) -> ColumnText:
    """Read one column definition, name first; raise `Unreadable` if anything more or less stands there."""
    cursor = Cursor(source)
    column = _column(cursor)
    cursor.finish()
    return column


def read_table_constraint(source: str) -> Clause:
    """Read one table constraint, with or without CONSTRAINT name."""
    cursor = Cursor(source)
    clause = _named(cursor, _table_constraint)
    if clause is None:
        cursor.refuse("a table constraint")
    cursor.finish()
    return clause


def read_terms(source: str) -> tuple[tuple[Term, ...], str]:
    """Read ``(a, b DESC) …``: the terms in the parentheses, and whatever follows them."""
    cursor = Cursor(source)
    found = terms(cursor)
    return found, cursor.rest()


def _statement(cursor: Cursor) -> Statement:
    cursor.need("CREATE")
    if not cursor.take("TEMP"):
        cursor.take("TEMPORARY")
    if cursor.take("TABLE"):
        return _table(cursor)
    if cursor.at("UNIQUE") or cursor.at("INDEX"):
        return _index(cursor)
    if cursor.peek().word in ("VIEW", "TRIGGER", "VIRTUAL"):
        return _other(cursor)
    return cursor.refuse("TABLE, INDEX, VIEW, TRIGGER or VIRTUAL TABLE")


def _object_name(cursor: Cursor) -> Token:
    cursor.take("IF", "NOT", "EXISTS")
    name = cursor.name()
    if cursor.take("."):
        name = cursor.name()
    return name


def _table(cursor: Cursor) -> CreateTable:
    name = _object_name(cursor)
    head, name_span = cursor.source[: name.start], Span(name.start, name.end)
    if cursor.take("AS"):
        select = cursor.rest()
        end = len(cursor.source)
        return CreateTable(cursor.source, name.text, head, name_span, (), (), (), Span(end, end), select)
    opened = cursor.need("(")
    found = [_column(cursor)]
    constraints: tuple[Clause, ...] = ()
    while cursor.take(","):
        if cursor.peek().word in _TABLE_CONSTRAINTS:
            constraints = _table_constraints(cursor)
            break
        found.append(_column(cursor))
    closed = cursor.need(")")
    options: list[str] = []
    if not cursor.ended():
        cursor.take(",")  # SQLite's list of options may begin with one
        options.append(_option(cursor))
        while cursor.take(","):
            options.append(_option(cursor))
    body = Span(opened.end, closed.start)
    return CreateTable(cursor.source, name.text, head, name_span, tuple(found), constraints, tuple(options), body)


def _table_constraints(cursor: Cursor) -> tuple[Clause, ...]:
    out: list[Clause] = []
    while not cursor.at(")"):
        clause = _named(cursor, _table_constraint)
        if clause is None:
            cursor.refuse("a table constraint")
        out.append(clause)
        if cursor.take(",") and cursor.at(")"):  # optional between them (parse.y: tconscomma), and not at the end
            cursor.refuse("a table constraint")
    return tuple(out)


def _option(cursor: Cursor) -> str:
    mark = cursor.mark()
    if not (cursor.take("WITHOUT", "ROWID") or cursor.take("STRICT")):
        cursor.refuse("WITHOUT ROWID or STRICT")
    return cursor.since(mark).of(cursor.source)


def _column(cursor: Cursor) -> ColumnText:
    mark = cursor.mark()
    name = cursor.name()
    type_mark = cursor.mark()
    while cursor.at_type_word() and not cursor.at("GENERATED", "ALWAYS", "AS"):
        cursor.next()
    if cursor.mark() > type_mark and cursor.take("("):
        _signed(cursor)
        if cursor.take(","):
            _signed(cursor)
        cursor.need(")")
    type_ = cursor.since(type_mark).of(cursor.source)
    clauses: list[Clause] = []
    while (clause := _named(cursor, _column_constraint)) is not None:
        clauses.append(clause)
    span = cursor.since(mark)
    return ColumnText(name.text, type_, tuple(clauses), span, Span(min(name.end, span.end), span.end))


def _signed(cursor: Cursor) -> None:
    if not cursor.take("-"):
        cursor.take("+")
    if cursor.peek().kind != "number":
        cursor.refuse("a number")
    cursor.next()


def _named(cursor: Cursor, one: _Reader) -> Clause | None:
    """Read ``[CONSTRAINT name]… constraint``; a name with nothing behind it becomes a NAME_ONLY clause."""
    mark = cursor.mark()
    names: list[str] = []
    while cursor.take("CONSTRAINT"):
        names.append(cursor.name().text)
    parts = one(cursor)
    if parts is None:
        return Clause(Kind.NAME_ONLY, cursor.since(mark), tuple(names)) if names else None
    return Clause(**parts, span=cursor.since(mark), names=tuple(names))  # type: ignore[arg-type]


def _column_constraint(cursor: Cursor) -> dict[str, object] | None:
    if cursor.take("DEFAULT"):
        return {"kind": Kind.DEFAULT, "expression": _default(cursor)}
    if cursor.take("NOT", "NULL"):
        return {"kind": Kind.NOT_NULL, "conflict": _conflict(cursor)}
    if cursor.take("NULL"):
        return {"kind": Kind.NULL, "conflict": _conflict(cursor)}
    if cursor.take("PRIMARY", "KEY"):
        order = cursor.next().word if cursor.at("ASC") or cursor.at("DESC") else None
        conflict = _conflict(cursor)
        auto = cursor.take("AUTOINCREMENT")
        return {"kind": Kind.PRIMARY_KEY, "order": order, "conflict": conflict, "autoincrement": auto}
    if cursor.take("UNIQUE"):
        return {"kind": Kind.UNIQUE, "conflict": _conflict(cursor)}
    if cursor.take("CHECK"):
        return {"kind": Kind.CHECK, "expression": _inside(cursor)}
    if cursor.take("REFERENCES"):
        return {"kind": Kind.FOREIGN_KEY, "reference": _reference(cursor)}
    if cursor.at("DEFERRABLE") or cursor.at("NOT", "DEFERRABLE"):
        return {"kind": Kind.DEFERRABLE, "deferrable": _deferrable(cursor)}
    if cursor.take("COLLATE"):
        return {"kind": Kind.COLLATE, "collation": cursor.name().text}
    if cursor.at("GENERATED", "ALWAYS", "AS") or cursor.at("AS"):
        long_form = cursor.take("GENERATED", "ALWAYS")
        cursor.need("AS")
        inside = _inside(cursor)
        storage = cursor.next().text if cursor.at("VIRTUAL") or cursor.at("STORED") else None
        return {"kind": Kind.GENERATED, "long_form": long_form, "expression": inside, "storage": storage}
    return None


def _table_constraint(cursor: Cursor) -> dict[str, object] | None:
    if cursor.take("PRIMARY", "KEY"):
        key, auto = key_terms(cursor)
        conflict = _conflict(cursor)
        return {"kind": Kind.PRIMARY_KEY, "terms": key, "conflict": conflict, "autoincrement": auto}
    if cursor.take("UNIQUE"):
        return {"kind": Kind.UNIQUE, "terms": terms(cursor), "conflict": _conflict(cursor)}
    if cursor.take("CHECK"):
        return {"kind": Kind.CHECK, "expression": _inside(cursor), "conflict": _conflict(cursor)}
    if cursor.take("FOREIGN", "KEY"):
        own = columns(cursor)
        cursor.need("REFERENCES")
        return {"kind": Kind.FOREIGN_KEY, "terms": own, "reference": _reference(cursor)}
    return None


def _inside(cursor: Cursor) -> str:
    """Pass ``( expression )`` and give the expression. What is wrong inside it, SQLite says."""
    inside = cursor.parentheses()
    if not inside:
        cursor.back()
        cursor.refuse("an expression")
    return inside


def _default(cursor: Cursor) -> str:
    mark = cursor.mark()
    if cursor.at("("):
        _inside(cursor)
        return cursor.since(mark).of(cursor.source)
    signed = cursor.take("-") or cursor.take("+")
    token = cursor.peek()
    literal = token.kind in ("number", "string", "blob") or token.word in _LITERAL_WORDS
    if not literal and (signed or not cursor.at_type_word()):
        cursor.refuse("a default value")
    cursor.next()
    return cursor.since(mark).of(cursor.source)


def _conflict(cursor: Cursor) -> str | None:
    if not cursor.take("ON", "CONFLICT"):
        return None
    word = cursor.next().word
    if word not in _CONFLICTS:
        cursor.back()
        cursor.refuse("ROLLBACK, ABORT, FAIL, IGNORE or REPLACE")
    return word


def _reference(cursor: Cursor) -> Reference:
    table = cursor.name().text
    parents = tuple(term.expression for term in columns(cursor)) if cursor.at("(") else ()
    actions: list[tuple[str, str]] = []
    while True:
        if cursor.take("MATCH"):
            actions.append(("MATCH", cursor.name().text))
        elif cursor.at("ON") and cursor.peek(1).word in ("DELETE", "UPDATE", "INSERT"):
            cursor.next()
            actions.append((cursor.next().word, _action(cursor)))
        else:
            return Reference(table, parents, tuple(actions), _deferrable(cursor))


def _action(cursor: Cursor) -> str:
    for words in _ACTIONS:
        if cursor.take(*words):
            return " ".join(words)
    return cursor.refuse("SET NULL, SET DEFAULT, CASCADE, RESTRICT or NO ACTION")


def _deferrable(cursor: Cursor) -> str | None:
    out = "NOT DEFERRABLE" if cursor.take("NOT", "DEFERRABLE") else None
    if out is None and not cursor.take("DEFERRABLE"):
        return None
    out = out or "DEFERRABLE"
    if cursor.take("INITIALLY"):
        word = cursor.next().word
        if word not in ("DEFERRED", "IMMEDIATE"):
            cursor.back()
            cursor.refuse("DEFERRED or IMMEDIATE")
        out += " INITIALLY " + word
    return out


def _index(cursor: Cursor) -> CreateIndex:
    unique = cursor.take("UNIQUE")
    cursor.need("INDEX")
    name = _object_name(cursor)
    cursor.need("ON")
    table = cursor.name()
    tail = cursor.peek().start
    found = terms(cursor)
    where = cursor.rest() if cursor.take("WHERE") else None
    return CreateIndex(
        cursor.source,
        name.text,
        cursor.source[: name.start],
        table.text,
        Span(name.start, name.end),
        Span(table.start, table.end),
        unique,
        found,
        where,
        Span(tail, cursor.end_of_text),
    )


def _other(cursor: Cursor) -> CreateOther:
    kind = cursor.next().word
    if kind == "VIRTUAL":
        cursor.need("TABLE")
        kind = "VIRTUAL TABLE"
    name = _object_name(cursor)
    head, name_span = cursor.source[: name.start], Span(name.start, name.end)
    mark = cursor.mark()
    table: Token | None = None
    listed: tuple[str, ...] = ()
    if kind == "TRIGGER":
        while not cursor.at("ON"):
            cursor.next()
        head_rest = cursor.since(mark).of(cursor.source)
        cursor.need("ON")
        table = cursor.name()
    else:
        if kind == "VIEW" and cursor.at("("):
            listed = tuple(term.expression for term in columns(cursor))
        head_rest = cursor.since(mark).of(cursor.source)
        cursor.need("AS" if kind == "VIEW" else "USING")
    start = cursor.peek().start
    cursor.rest()
    table_span = Span(table.start, table.end) if table else None
    body = Span(start, cursor.end_of_text)
    table_text = table.text if table else None
    return CreateOther(cursor.source, kind, name.text, head, name_span, table_text, table_span, listed, head_rest, body)


__all__ = ["Unreadable", "read", "read_column", "read_table_constraint", "read_terms"]
