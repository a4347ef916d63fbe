"""The reader proves itself: a statement written again from its *fields* must have the tokens of its source.

What the reader did not keep in a field would be lost in a rebuild without a word; so it is looked for here.
"""

from __future__ import annotations

from typing import assert_never

from reconcile.sql.clauses import Clause, CreateIndex, CreateOther, CreateTable, Kind, Statement, Term
from reconcile.sql.cursor import Unreadable
from reconcile.sql.tokens import Token, tokens

_HEAD_WORDS = frozenset({"CREATE", "TEMP", "TEMPORARY", "IF", "NOT", "EXISTS", "TABLE", "INDEX", "UNIQUE"})


def proven(statement: Statement, source: list[Token]) -> None:
    """Raise `Unreadable` unless the fields of `statement` hold every token of `source`."""
    again_tokens = tokens(_write(statement))
    # Commas between table constraints are optional in SQLite's grammar and mean nothing; all else must be equal.
    kept = [token.text.upper() for token in source if token.text != ","]
    again = [token.text.upper() for token in again_tokens if token.text != ","]
    if kept != again:
        place = next((i for i, (a, b) in enumerate(zip(kept, again, strict=False)) if a != b), len(again) - 1)
        lost = [token for token in source if token.text != ","][min(place, len(kept) - 1)]
        raise Unreadable(f"reconcile does not know how to keep {lost.text!r} here", lost.start)


def _write(statement: Statement) -> str:
    match statement:
        case CreateTable():
            return _table(statement)
        case CreateIndex():
            where = f" WHERE {statement.where}" if statement.where else ""
            head = f"{statement.head}{statement.name} ON {statement.table}"
            return f"{head} ({_terms(statement.terms)}){where}"
        case CreateOther():
            on = f" ON {statement.table}" if statement.table else ""
            word = {"VIEW": " AS ", "VIRTUAL TABLE": " USING "}.get(statement.kind, " ")
            head = f"{statement.head}{statement.name} {statement.head_rest}{on}"
            return head + word + statement.body.of(statement.source)
        case _:
            assert_never(statement)


def _table(table: CreateTable) -> str:
    head = table.head + table.name
    if table.as_select is not None:
        return f"{head} AS {table.as_select}"
    columns = [
        " ".join([column.name, column.type, *(_clause(clause, "") for clause in column.clauses)])
        for column in table.columns
    ]
    constraints = [_clause(clause, f" ({_terms(clause.terms)})") for clause in table.constraints]
    return f"{head} ({' , '.join(columns + constraints)}) {' , '.join(table.options)}"


def written(clause: Clause) -> str:
    """Write a clause from its fields: a DEFAULT, CHECK or GENERATED, which have no terms."""
    return _clause(clause, "")


def _clause(clause: Clause, terms: str) -> str:
    names = "".join(f"CONSTRAINT {name} " for name in clause.names)
    conflict = f" ON CONFLICT {clause.conflict}" if clause.conflict else ""
    auto = " AUTOINCREMENT" if clause.autoincrement else ""
    order = f" {clause.order}" if clause.order else ""
    match clause.kind:
        case Kind.DEFAULT:
            return f"{names}DEFAULT {clause.expression}"
        case Kind.NOT_NULL | Kind.NULL:
            return f"{names}{clause.kind.value}{conflict}"
        case Kind.PRIMARY_KEY:
            if terms:
                terms = terms[:-1] + auto + ")"
                auto = ""
            return f"{names}PRIMARY KEY{terms}{order}{conflict}{auto}"
        case Kind.UNIQUE:
            return f"{names}UNIQUE{terms}{conflict}"
        case Kind.CHECK:
            return f"{names}CHECK ({clause.expression}){conflict}"
        case Kind.FOREIGN_KEY:
            return names + (f"FOREIGN KEY{terms}" if clause.terms else "") + _reference(clause)
        case Kind.DEFERRABLE:
            return f"{names}{clause.deferrable}"
        case Kind.COLLATE:
            return f"{names}COLLATE {clause.collation}"
        case Kind.GENERATED:
            always = "GENERATED ALWAYS " if clause.long_form else ""
            return f"{names}{always}AS ({clause.expression}) {clause.storage or ''}"
        case Kind.NAME_ONLY:
            return names
        case _:
            assert_never(clause.kind)


def _reference(clause: Clause) -> str:
    reference = clause.reference
    if reference is None:
        return ""
    columns = f" ({', '.join(reference.columns)})" if reference.columns else ""
    actions = "".join(
        f" MATCH {action}" if event == "MATCH" else f" ON {event} {action}" for event, action in reference.actions
    )
    return f" REFERENCES {reference.table}{columns}{actions} {reference.deferrable or ''}"


def _terms(terms: tuple[Term, ...]) -> str:
    return ", ".join(
        term.expression
        + (f" COLLATE {term.collation}" if term.collation else "")
        + (f" {term.order}" if term.order else "")
        for term in terms
    )
