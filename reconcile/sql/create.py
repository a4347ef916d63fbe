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
from reconcile.sql.names import name as make_name
from reconcile.sql.names import unquote
from reconcile.sql.prove import proven
from reconcile.sql.tokens import Token

_CONFLICTS = frozenset({"ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"})
_ACTIONS = (("SET", "NULL"), ("SET", "DEFAULT"), ("CASCADE",), ("RESTRICT",), ("NO", "ACTION"))
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
    terms = _terms(cursor)
    return terms, cursor.rest()


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
    columns = [_column(cursor)]
    while cursor.take(",") and cursor.peek().word not in _TABLE_CONSTRAINTS:
        columns.append(_column(cursor))
    constraints = _table_constraints(cursor)
    closed = cursor.need(")")
    options: list[str] = []
    if not cursor.ended():
        options.append(_option(cursor))
        while cursor.take(","):
            options.append(_option(cursor))
    body = Span(opened.end, closed.start)
    return CreateTable(cursor.source, name.text, head, name_span, tuple(columns), constraints, tuple(options), body)


def _table_constraints(cursor: Cursor) -> tuple[Clause, ...]:
    out: list[Clause] = []
    while not cursor.at(")"):
        clause = _named(cursor, _table_constraint)
        if clause is None:
            cursor.refuse("a table constraint")
        out.append(clause)
        cursor.take(",")  # optional between table constraints (parse.y: tconscomma)
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
    if cursor.mark() > type_mark and cursor.at("("):
        cursor.parentheses()
    type_ = cursor.since(type_mark).of(cursor.source)
    clauses: list[Clause] = []
    while (clause := _named(cursor, _column_constraint)) is not None:
        clauses.append(clause)
    span = cursor.since(mark)
    return ColumnText(name.text, type_, tuple(clauses), span, Span(min(name.end, span.end), span.end))


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
        return {"kind": Kind.CHECK, "expression": cursor.parentheses(), "conflict": _conflict(cursor)}
    if cursor.take("REFERENCES"):
        return {"kind": Kind.FOREIGN_KEY, "reference": _reference(cursor)}
    if cursor.at("DEFERRABLE") or cursor.at("NOT", "DEFERRABLE"):
        return {"kind": Kind.DEFERRABLE, "deferrable": _deferrable(cursor)}
    if cursor.take("COLLATE"):
        return {"kind": Kind.COLLATE, "collation": cursor.name().text}
    if cursor.at("GENERATED", "ALWAYS", "AS") or cursor.at("AS"):
        long_form = cursor.take("GENERATED", "ALWAYS")
        cursor.need("AS")
        inside = cursor.parentheses()
        storage = cursor.name().text if cursor.at_name() else None
        return {"kind": Kind.GENERATED, "long_form": long_form, "expression": inside, "storage": storage}
    return None


def _table_constraint(cursor: Cursor) -> dict[str, object] | None:
    if cursor.take("PRIMARY", "KEY"):
        terms, auto = _key_terms(cursor)
        conflict = _conflict(cursor)
        return {"kind": Kind.PRIMARY_KEY, "terms": terms, "conflict": conflict, "autoincrement": auto}
    if cursor.take("UNIQUE"):
        return {"kind": Kind.UNIQUE, "terms": _terms(cursor), "conflict": _conflict(cursor)}
    if cursor.take("CHECK"):
        return {"kind": Kind.CHECK, "expression": cursor.parentheses(), "conflict": _conflict(cursor)}
    if cursor.take("FOREIGN", "KEY"):
        terms = _terms(cursor)
        cursor.need("REFERENCES")
        return {"kind": Kind.FOREIGN_KEY, "terms": terms, "reference": _reference(cursor)}
    return None


def _default(cursor: Cursor) -> str:
    mark = cursor.mark()
    if cursor.at("("):
        cursor.parentheses()
        return cursor.since(mark).of(cursor.source)
    if not cursor.take("-"):
        cursor.take("+")
    token = cursor.next()
    if token.kind in ("operator", "variable"):
        cursor.back()
        cursor.refuse("a default value")
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
    columns = tuple(term.expression for term in _terms(cursor)) if cursor.at("(") else ()
    actions: list[tuple[str, str]] = []
    while True:
        if cursor.take("MATCH"):
            actions.append(("MATCH", cursor.name().text))
        elif cursor.at("ON") and cursor.peek(1).word in ("DELETE", "UPDATE", "INSERT"):
            cursor.next()
            actions.append((cursor.next().word, _action(cursor)))
        else:
            return Reference(table, columns, tuple(actions), _deferrable(cursor))


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


def _key_terms(cursor: Cursor) -> tuple[tuple[Term, ...], bool]:
    """Read the terms of a PRIMARY KEY; ``PRIMARY KEY (id AUTOINCREMENT)`` is grammar too."""
    inside = cursor.groups()
    auto = bool(inside and inside[-1] and inside[-1][-1].word == "AUTOINCREMENT")
    if auto:
        inside[-1] = inside[-1][:-1]
    return tuple(_term(cursor, group) for group in inside), auto


def _terms(cursor: Cursor) -> tuple[Term, ...]:
    return tuple(_term(cursor, group) for group in cursor.groups())


def _term(cursor: Cursor, group: list[Token]) -> Term:
    order = collation = None
    if group and group[-1].word in ("ASC", "DESC"):
        order = group[-1].word
        group = group[:-1]
    if len(group) > 2 and group[-2].word == "COLLATE":
        collation = group[-1].text
        group = group[:-2]
    if not group:
        cursor.refuse("a column or an expression")
    text = cursor.source[group[0].start : group[-1].end]
    plain = len(group) == 1 and group[0].kind in ("word", "quoted", "string")
    return Term(text, make_name(unquote(text)) if plain else None, collation, order)


def _index(cursor: Cursor) -> CreateIndex:
    unique = cursor.take("UNIQUE")
    cursor.need("INDEX")
    name = _object_name(cursor)
    cursor.need("ON")
    table = cursor.name()
    tail = cursor.peek().start
    terms = _terms(cursor)
    where = cursor.rest() if cursor.take("WHERE") else None
    return CreateIndex(
        cursor.source,
        name.text,
        cursor.source[: name.start],
        table.text,
        Span(name.start, name.end),
        Span(table.start, table.end),
        unique,
        terms,
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
    columns: tuple[str, ...] = ()
    if kind == "TRIGGER":
        while not cursor.at("ON"):
            cursor.next()
        head_rest = cursor.since(mark).of(cursor.source)
        cursor.need("ON")
        table = cursor.name()
    else:
        if kind == "VIEW" and cursor.at("("):
            columns = tuple(term.expression for term in _terms(cursor))
        head_rest = cursor.since(mark).of(cursor.source)
        cursor.need("AS" if kind == "VIEW" else "USING")
    start = cursor.peek().start
    cursor.rest()
    table_span = Span(table.start, table.end) if table else None
    body = Span(start, cursor.end_of_text)
    table_text = table.text if table else None
    return CreateOther(
        cursor.source, kind, name.text, head, name_span, table_text, table_span, columns, head_rest, body
    )


__all__ = ["Unreadable", "read", "read_column", "read_table_constraint", "read_terms"]
