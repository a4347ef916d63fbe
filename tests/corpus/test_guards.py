"""Guards on every text that is written: with any one clause of a real table dropped or altered, nothing gets past them.

A mutant is a table's text with one clause left out, or one token left out or changed. The oracle (a database built
from either text, compared by PRAGMAs, clauses and bytecode) says which of them mean something else. Each of those must
be seen twice: where the text is put together, and where the database is read back, in rehearsal and before COMMIT.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from case import load_all
from oracle import Portrait, portrait
from test_wild import FILES

from reconcile.apply import executor
from reconcile.database.inspect import inspect
from reconcile.database.rehearse import _reaches
from reconcile.database.scratch import open_scratch
from reconcile.ddl import Keep
from reconcile.diff import adopt
from reconcile.diff.written import proven_written
from reconcile.errors import BugError
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.clauses import CreateTable
from reconcile.sql.create import Unreadable, read
from reconcile.sql.names import name
from reconcile.sql.tokens import Token, TokenError, all_tokens, tokens

if TYPE_CHECKING:
    from conftest import Stage

    from reconcile.plan.steps import Step

OTHERWISE = {
    "CASCADE": "RESTRICT",
    "RESTRICT": "CASCADE",
    "DESC": "ASC",
    "ASC": "DESC",
    "STORED": "VIRTUAL",
    "NOCASE": "RTRIM",
    "REPLACE": "IGNORE",
    "IGNORE": "FAIL",
    "FAIL": "ABORT",
    "ROLLBACK": "FAIL",
    "DEFERRED": "IMMEDIATE",
    "DELETE": "UPDATE",
    "UPDATE": "DELETE",
    "AND": "OR",
    "OR": "AND",
    "IS": "=",
    "=": "<>",
    "<": "<=",
    ">": ">=",
    "<=": "<",
    ">=": ">",
    "+": "-",
    "*": "+",
    "||": "+",
    "TRUE": "FALSE",
}


def tables_of_the_corpus() -> list[str]:
    found: dict[str, None] = {}
    for case in load_all():
        for script in (case.before, case.after):
            with closing(case.connect(":memory:")) as connection:
                connection.executescript(script)
                found |= dict.fromkeys(map(entry_text, ordinary(inspect(connection))))
    return [sql for sql in found if len(sql) < 4000]


def tables_of_others() -> list[str]:
    found: dict[str, None] = {}
    for path in FILES:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found |= dict.fromkeys(map(entry_text, ordinary(inspect(connection))))
    return list(found)


def ordinary(schema: Schema) -> Iterator[Entry]:
    return schema.of_kind(ObjectKind.TABLE)


def entry_text(entry: Entry) -> str:
    return entry.sql


def mutants(sql: str) -> Iterator[str]:
    """Yield the text with each clause left out, and with each token of its body left out, or changed."""
    try:
        table = read(sql)
    except Unreadable:
        return
    if not isinstance(table, CreateTable) or table.as_select is not None:
        return
    spans = [column.span for column in table.columns]
    spans += [clause.span for column in table.columns for clause in column.clauses]
    spans += [clause.span for clause in table.constraints]
    out: dict[str, None] = {}
    for span in spans:
        before, after = sql[: span.start], sql[span.end :]
        out[before + after] = None
        out[before.rstrip().removesuffix(",") + after] = None  # an element goes with its comma
        out[before + after.lstrip().removeprefix(",")] = None
    for token in all_tokens(sql):
        if token.kind in ("space", "comment") or token.start < table.body.start:
            continue
        for other in ("", changed(token.kind, token.text)):
            out[f"{sql[: token.start]}{other} {sql[token.end :]}"] = None
    same = [token.text for token in tokens(sql)]
    yield from (text for text in out if [token.text for token in tokens_of(text)] != same)


def tokens_of(text: str) -> list[Token]:
    try:
        return tokens(text)
    except TokenError:
        return []


def changed(kind: str, text: str) -> str:
    if kind == "number":
        return f"{text}1"
    if kind in ("string", "quoted", "blob"):
        return text[:-1] + ("00" if kind == "blob" else "x") + text[-1]
    return OTHERWISE.get(text.upper(), f"{text}x" if kind == "word" else text)


# What SQLite means anyway: left out, it changes no PRAGMA and no bytecode.
SAID_BY_DEFAULT = (["COLLATE", "BINARY"], ["DEFERRABLE"], ["NOT"], ["NOT", "NULL"])


def says_the_default(sql: str, mutant: str, facts: Pair[Portrait]) -> bool:
    """Say whether a mutant lost only what is so without it: the words differ, and nothing that SQLite tells of it."""
    differing = [key for key in facts.old.keys() | facts.new.keys() if facts.old.get(key) != facts.new.get(key)]
    lost = Counter(token.text.upper() for token in tokens(sql)) - Counter(
        token.text.upper() for token in tokens(mutant)
    )
    worded = all(": text of " in key or key.endswith(": constraints") for key in differing)
    return worded and lost in map(Counter, SAID_BY_DEFAULT)


class Mutants:
    """What became of the mutants of some tables."""

    def __init__(self) -> None:
        self.tried = self.refused = self.equal = self.caught = 0
        self.missed: list[str] = []

    def __str__(self) -> str:
        return (
            f"{self.tried} mutants: {self.refused} refused by SQLite, {self.equal} mean the same, "
            f"{self.caught} seen, {len(self.missed)} missed"
        )

    def of(self, sql: str) -> None:
        table = read(sql)
        own = name(table.name.strip("\"'`[]"))
        entry = Entry(ObjectKind.TABLE, own, own, sql)
        expected = meaning(sql)
        if expected is None:
            return
        for mutant in mutants(sql):
            self.tried += 1
            found = meaning(mutant)
            if found is None:
                self.refused += 1
            elif found == expected or says_the_default(sql, mutant, Pair(expected, found)):
                self.equal += 1
            else:
                missed = [
                    which for which, sees in (("written", written), ("read back", read_back)) if not sees(entry, mutant)
                ]
                self.caught += not missed
                self.missed += [f"{', '.join(missed)}: {mutant!r} for {sql!r}"] * bool(missed)


def meaning(sql: str) -> Portrait | None:
    with closing(open_scratch()) as scratch:
        try:
            scratch.execute(sql)
        except (sqlite3.Error, sqlite3.Warning):
            return None
        try:
            return portrait(scratch.connection, set())
        except (ValueError, sqlite3.Error):
            return None  # the oracle cannot read it, or lacks a function


def written(entry: Entry, mutant: str) -> bool:
    table = read_table(entry)
    try:
        proven_written(Entry(entry.kind, entry.name, entry.table, mutant), Pair(table, table), Keep(), frozenset())
    except BugError:
        return True
    return False


def read_back(entry: Entry, mutant: str) -> bool:
    with closing(open_scratch()) as scratch:
        scratch.execute(mutant)
        try:
            _reaches(scratch, Schema((entry,)), Hints())
        except BugError:
            return True
    return False


def judged(texts: list[str]) -> Mutants:
    found = Mutants()
    for sql in texts:
        found.of(sql)
    print(found)
    return found


def test_no_mutant_of_a_table_gets_past_the_guards() -> None:
    found = judged(tables_of_the_corpus()[::6])

    assert found.missed == []
    assert found.caught >= 1000


@pytest.mark.soak
def test_no_mutant_of_any_table_gets_past_the_guards() -> None:
    found = judged([*tables_of_the_corpus(), *tables_of_others()])

    assert found.missed == []
    assert found.caught >= 10_000


SCHEMA = """CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE t (
  id INTEGER CONSTRAINT k PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT,
  a TEXT CONSTRAINT given NOT NULL ON CONFLICT IGNORE DEFAULT 'x' COLLATE NOCASE CHECK (length(a) < 99),
  b INT REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  g AS (b + 1) STORED,
  CONSTRAINT u UNIQUE (a, b) ON CONFLICT REPLACE,
  CONSTRAINT positive CHECK (b > 0)
);
"""
ROWS = "INSERT INTO p VALUES (1); INSERT INTO t (a, b) VALUES ('one', 1);"
AFTER = SCHEMA.replace("b INT", "b TEXT")  # a rebuild
LOST = [
    *("CONSTRAINT k", "ON CONFLICT FAIL", "AUTOINCREMENT", "CONSTRAINT given", "ON CONFLICT IGNORE", "DEFAULT 'x'"),
    *("COLLATE NOCASE", "CHECK (length(a) < 99)", "REFERENCES p (id)", "ON DELETE CASCADE", "INITIALLY DEFERRED"),
    *(
        "STORED",
        "CONSTRAINT u",
        "ON CONFLICT REPLACE",
        "CONSTRAINT positive",
        "NOT NULL ON CONFLICT IGNORE",
        "+ 1",
        "b TEXT",
    ),
]


def without(sql: str, words: str) -> str:
    assert words in sql, (words, sql)
    return sql.replace(words, {"b TEXT": "b INT", "REFERENCES p (id)": "REFERENCES p"}.get(words, ""))


def refuses(stage: Stage) -> str:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(SCHEMA + ROWS)
    Path("wanted.sql").write_text(AFTER)
    untouched = stage.contents()
    ran = stage.run("apply", "app.db", "-s", "wanted.sql", "--yes", "--no-backup")
    assert ran.code not in (0, 2), ran
    assert untouched == stage.contents()
    return ran.err


@pytest.mark.parametrize("words", LOST)
def test_what_is_put_together_wrongly_is_not_even_planned(
    words: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = adopt.compose
    monkeypatch.setattr(adopt, "compose", lambda *given: without(compose(*given), words))

    assert "is not what was asked for" in refuses(stage)


@pytest.mark.parametrize("words", LOST)
def test_what_is_executed_wrongly_is_found_before_commit(
    words: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rehearsal has passed; the statement that reaches the live file is another one."""
    straight = executor._step

    def crooked(connection: sqlite3.Connection, step: Step, path: Path) -> None:
        actions = [
            replace(a, sql=without(a.sql, words)) if a.sql.startswith("CREATE TABLE t") else a for a in step.actions
        ]
        assert actions != list(step.actions)
        straight(connection, replace(step, actions=tuple(actions)), path)

    monkeypatch.setattr(executor, "_step", crooked)

    said = refuses(stage)
    assert "the schema read back is not" in said or "the proof does not hold" in said, said
