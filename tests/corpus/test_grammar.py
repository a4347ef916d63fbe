"""The reader against SQLite's own grammar: `syntaqlite` is made from parse.y, and SQLite itself is there as well.

Whatever SQLite accepts is read, and written again from its fields token by token (`read` proves that itself). What it
refuses is refused, but for what stands inside an expression: that is SQLite's to say, when it compiles the text.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from case import load_all
from hypothesis import given, settings
from hypothesis import strategies as st
from test_guards import mutants, tables_of_others, tables_of_the_corpus

from reconcile.database.inspect import inspect
from reconcile.sql import prove
from reconcile.sql.clauses import Clause, CreateIndex, CreateTable, Statement, Term
from reconcile.sql.create import Unreadable, read
from reconcile.sql.tokens import TokenError, tokens

syntaqlite = pytest.importorskip("syntaqlite", reason="syntaqlite (SQLite's grammar) has no wheel here")
GRAMMAR = syntaqlite.Syntaqlite()


def accepted(sql: str) -> bool:
    found = GRAMMAR.parse(sql)
    return len(found) == 1 and type(found[0]).__name__.startswith("Create")


def is_read(sql: str) -> Statement | None:
    try:
        return read(sql)
    except Unreadable:
        return None


def plain(statement: Statement) -> str:
    """Write a statement with 1 for each of its expressions."""

    def terms(found: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(term if term.column else replace(term, expression="1") for term in found)

    def clause(found: Clause) -> Clause:
        one = (
            found.expression
            if found.kind.value == "DEFAULT" and not (found.expression or "").startswith("(")
            else "(1)"
        )
        return replace(found, expression=one and one.strip("()"), terms=terms(found.terms))

    match statement:
        case CreateTable():
            columns = tuple(replace(c, clauses=tuple(map(clause, c.clauses))) for c in statement.columns)
            return prove._write(
                replace(statement, columns=columns, constraints=tuple(map(clause, statement.constraints)))
            )
        case CreateIndex():
            return prove._write(replace(statement, terms=terms(statement.terms), where=statement.where and "1"))
        case _:
            return statement.source


def disagreements(texts: list[str]) -> list[str]:
    out = []
    for text in texts:
        statement = is_read(text)
        if accepted(text) and statement is None:
            out.append(f"SQLite accepts, and we do not read: {text!r}")
        elif statement is not None and not accepted(text) and not accepted(plain(statement)):
            out.append(f"SQLite refuses, and we read: {text!r}")
    return out


def with_mutants(texts: list[str]) -> list[str]:
    return [each for text in texts for each in (text, *mutants(text))]


def others_of_the_corpus() -> list[str]:
    """Every index, view, trigger and virtual table, and each with every token of it left out."""
    found: dict[str, None] = {}
    for case in load_all():
        with closing(case.connect(":memory:")) as connection:
            connection.executescript(case.before)
            found |= {entry.sql: None for entry in inspect(connection).entries if entry.kind.value != "table"}
    return list(found)


def without_each_token(sql: str) -> list[str]:
    return [sql, *(f"{sql[: token.start]} {sql[token.end :]}" for token in tokens(sql))]


def test_tables_are_read_as_sqlite_reads_them() -> None:
    assert disagreements(with_mutants(tables_of_the_corpus()[::12])) == []


def test_indexes_are_read_as_sqlite_reads_them() -> None:
    texts = [text for text in others_of_the_corpus() if " INDEX " in text.upper()]

    assert len(texts) > 50
    assert disagreements([each for text in texts for each in without_each_token(text)]) == []


def test_heads_of_views_triggers_and_virtual_tables_are_read() -> None:
    texts = [text for text in others_of_the_corpus() if " INDEX " not in text.upper()]
    unread = [each for text in texts for each in without_each_token(text) if accepted(each) and is_read(each) is None]

    assert len(texts) > 50
    assert unread == []


@pytest.mark.soak
def test_all_tables_are_read_as_sqlite_reads_them() -> None:
    assert disagreements(with_mutants([*tables_of_the_corpus(), *tables_of_others()])) == []


# --- a generator of CREATE TABLE and CREATE INDEX: one strategy for each production of parse.y ---

WORDS = (
    "a",
    "b1",
    "_x",
    "größe",
    "日本",
    "key",
    "abort",
    "desc",
    "generated",
    "strict",
    "rowid",
    "left",
    "$d"[1:],
    "é",
)
LITERALS = ("1", "+1", "- 1", "-1", ".5", "1.", "1e3", "0x1F", "x'00ff'", "'it''s'", "''", "NULL", "TRUE", "false",
            "CURRENT_TIME", "current_date", "CURRENT_TIMESTAMP", "foo", '"double quoted"', "[b]", "`c`")  # fmt: skip
EXPRESSIONS = ("1", "a > 0", "(a)", "a IN (1, 2)", "a <> ')' AND 1", "CASE WHEN 1 THEN 2 END", "lower('X, y')",
               "a IS NOT NULL", "a BETWEEN 1 AND 2", "a || 'x' COLLATE nocase", "CAST(a AS VARCHAR(3))", "-a", "not a",
               "a LIKE 'x' ESCAPE '!'", "coalesce(a, 'b', \"c\")")  # fmt: skip
TYPES = ("", "INT", "INTEGER", "UNSIGNED BIG INT", "DECIMAL(10,5)", "VARCHAR(70)", "DECIMAL ( +10 , -5.5 )",
         '"quoted t"',
         "'string'", "[a b] c", "GENERATED", "double precision", "ANY", "BLOB SUB_TYPE TEXT")  # fmt: skip
CONFLICTS = ("", "", *(f"ON CONFLICT {word}" for word in ("ROLLBACK", "abort", "FAIL", "IGNORE", "REPLACE")))
ACTIONS = ("SET NULL", "set default", "CASCADE", "RESTRICT", "NO ACTION")
DEFERRABLE = ("", "", "DEFERRABLE", "NOT DEFERRABLE", *(
    f"{no}DEFERRABLE INITIALLY {when}" for no in ("", "NOT ") for when in ("DEFERRED", "immediate")
))  # fmt: skip
SPACES = (" ", "\n", "\r\n", "\t", " /* a (comment, 'of' \"all */ ", " -- to the end ), '\n", " \f ", "  ")


@st.composite
def names(draw: st.DrawFn) -> str:
    word = draw(st.sampled_from(WORDS))
    return draw(st.sampled_from((word, f'"{word}"', f"[{word} )]", f"`{word}``x`", f'"{word}""(,"', f"'{word}'")))


def one_of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def joined(*parts: Any) -> st.SearchStrategy[str]:
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map(lambda found: " ".join(word for word in found if word))


def listed(one: st.SearchStrategy[str], separator: str = ", ", most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(one, min_size=1, max_size=most).map(separator.join)


conflicts, orders = one_of(*CONFLICTS), one_of("", "", "ASC", "desc")
expressions = one_of(*EXPRESSIONS)
labels = st.one_of(st.just(""), st.just(""), joined("CONSTRAINT", names()), joined("CONSTRAINT n CONSTRAINT", names()))
actions = st.lists(
    st.one_of(joined("ON", one_of("DELETE", "update"), one_of(*ACTIONS)), joined("MATCH", names())), max_size=3
).map(" ".join)
references = joined("REFERENCES", names(), st.one_of(st.just(""), listed(names()).map("({})".format)), actions)
keys = joined(st.one_of(names(), expressions), one_of("", "", "COLLATE nocase", 'COLLATE "x y"'), orders)
keyed = listed(keys).map("({})".format)
inside = expressions.map("({})".format)
column_constraints = joined(
    labels,
    st.one_of(
        joined("DEFAULT", st.one_of(one_of(*LITERALS), inside)),
        joined(one_of("NOT NULL", "NULL", "UNIQUE"), conflicts),
        joined("PRIMARY KEY", orders, conflicts, one_of("", "AUTOINCREMENT")),
        joined("CHECK", inside),
        joined(references, one_of(*DEFERRABLE)),
        joined("COLLATE", one_of("nocase", '"x y"', "[b c]", "'d'")),
        joined(one_of("AS", "GENERATED ALWAYS AS"), inside, one_of("", "STORED", "virtual")),
    ),
)
table_constraints = joined(
    labels,
    st.one_of(
        joined(one_of("PRIMARY KEY", "UNIQUE"), keyed, conflicts),
        joined("CHECK", inside, conflicts),
        joined("FOREIGN KEY", listed(names()).map("({})".format), references, one_of(*DEFERRABLE)),
    ),
)


def generated_once(constraints: list[str]) -> bool:
    """Say whether a column is generated at most once: behind ``AS (1)`` SQLite reads GENERATED as it reads STORED."""
    return sum(bool(re.search(r"\bAS\s*\(", each, re.IGNORECASE)) for each in constraints) <= 1


columns = joined(names(), one_of(*TYPES), st.lists(column_constraints, max_size=3).filter(generated_once).map(" ".join))
heads = one_of("CREATE TABLE", "create temp table", "CREATE TABLE IF NOT EXISTS", "CREATE TABLE main .")
options = one_of(
    "", "", "STRICT", "WITHOUT ROWID", "strict, WITHOUT ROWID", ", STRICT", "WITHOUT /* any */ ROWID , STRICT"
)
below = st.one_of(
    st.just(""), listed(table_constraints).map(", {}".format), listed(table_constraints, " ").map(", {}".format)
)
create_tables = joined(heads, names(), "(", listed(columns), below, ")", options, one_of("", ";"))
create_indexes = joined(
    "CREATE", one_of("", "UNIQUE"), "INDEX", one_of("", "IF NOT EXISTS", "main ."), names(), "ON", names(), keyed,
    st.one_of(st.just(""), joined("WHERE", expressions)), one_of("", ";"),
)  # fmt: skip


@st.composite
def respaced(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """Put comments and any white space between the tokens of a text."""
    found = tokens(draw(texts))
    gaps = draw(st.lists(st.sampled_from(SPACES), min_size=len(found), max_size=len(found)))
    return "".join(token.text + gap for token, gap in zip(found, gaps, strict=True))


@settings(max_examples=120, deadline=None)
@given(respaced(st.one_of(create_tables, create_indexes)), st.integers(min_value=0))
def test_every_production_is_read_and_what_lacks_a_token_is_read_as_sqlite_does(sql: str, place: int) -> None:
    assert accepted(sql), sql
    assert sqlite_parses(sql), sql
    assert is_read(sql) is not None, sql

    found = tokens(sql)
    lost = found[place % len(found)]
    assert disagreements([f"{sql[: lost.start]} {sql[lost.end :]}"]) == []


def sqlite_parses(sql: str) -> bool:
    """Say whether SQLite's parser takes a text; what it then says of its meaning is another matter."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(f"EXPLAIN {sql}")
        except sqlite3.Error as error:
            return "syntax error" not in str(error) and "incomplete input" not in str(error)
        except TokenError:
            return False
    return True
