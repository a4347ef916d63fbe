"""A scratch database loads any schema, and says of each entry that cannot be created why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.database.inspect import inspect
from reconcile.database.scratch import compiles, open_scratch
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import name

SCHEMA = """
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE made_up, b);
    CREATE INDEX i ON t (b);
    CREATE VIEW v AS SELECT a, gone(b) AS g FROM t;
    CREATE VIEW "of that" (x) AS SELECT g FROM v -- the end
    ;
    CREATE VIEW broken AS SELECT * FROM nowhere;
    CREATE TRIGGER "on t" AFTER UPDATE OF a ON t BEGIN UPDATE t SET b = 'a;b' WHERE id = NEW.id; END;
    CREATE TRIGGER on_v INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END;
"""


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.create_collation("made_up", lambda a, b: (a > b) - (a < b))
        connection.executescript(SCHEMA)
        return inspect(connection)


def test_what_was_loaded_is_the_schema_and_works(schema: Schema) -> None:
    with closing(open_scratch()) as scratch:
        scratch.load(schema)

        assert scratch.refused == []
        assert inspect(scratch.connection) == schema
        scratch.execute("INSERT INTO v (a) VALUES ('x')")
        scratch.execute("UPDATE t SET a = 'y'")
        assert scratch.execute("SELECT a, b FROM t").fetchall() == [("y", "a;b")]
        told = {entry.name.text: compiles(scratch, schema, entry) for entry in schema.of_kind(*ObjectKind)}
        assert {called: why for called, why in told.items() if why} == {"broken": "no such table: main.nowhere"}


def test_a_large_schema_is_loaded_whole_in_its_order_and_its_trees_hold_rows(tmp_path: Path) -> None:
    """As many as are taken out of the catalog several times while the rest is built upon them."""
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        for n in range(200):
            connection.execute(f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b REFERENCES t{n})")
            connection.execute(f"CREATE TABLE w{n} (a, b PRIMARY KEY) WITHOUT ROWID")
            connection.execute(
                f"CREATE TRIGGER g{n} AFTER INSERT ON t{n} BEGIN INSERT INTO w{n} VALUES (1, NEW.a); END"
            )
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(a)")
        for n in range(200):
            connection.execute(f"CREATE INDEX i{n} ON t{199 - n} (b)")
        connection.execute("ANALYZE")
        schema = inspect(connection)
    with closing(open_scratch()) as scratch:
        scratch.load(schema)

        assert scratch.refused == []
        assert inspect(scratch.connection) == schema
        for n in range(200):
            scratch.execute(f"INSERT INTO t{n} (a, b) VALUES ({n}, 1)")
        scratch.execute("INSERT INTO words VALUES ('some words')")
        assert scratch.execute("SELECT a FROM t7 UNION ALL SELECT b FROM w7").fetchall() == [(7,), (7,)]
        assert scratch.execute("SELECT a FROM words ('some')").fetchall() == [("some words",)]
        assert scratch.execute("SELECT count(*) FROM sqlite_sequence").fetchone() == (200,)
        assert scratch.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize(
    ("kind", "sql", "why"),
    [
        (ObjectKind.TRIGGER, "CREATE TRIGGER bad INSTEAD OF INSERT ON t BEGIN SELECT 1; END", "INSTEAD OF"),
        (ObjectKind.TRIGGER, "CREATE TRIGGER bad AFTER INSERT ON nowhere BEGIN SELECT 1; END", "no such table"),
        (ObjectKind.VIEW, "CREATE VIEW bad AS SELECT 1 FROM t FRMO x y", "syntax error"),
    ],
)
def test_what_cannot_be_created_is_told_and_costs_nothing_else(
    schema: Schema, kind: ObjectKind, sql: str, why: str
) -> None:
    bad = Entry(kind, name("bad"), name("t" if kind is ObjectKind.TRIGGER else "bad"), sql)
    with closing(open_scratch()) as scratch:
        scratch.load(schema.with_entries([*schema.entries, bad]))

        ((refused, words),) = scratch.refused
        assert refused == bad
        assert why in words
        assert inspect(scratch.connection) == schema
        assert not scratch.connection.in_transaction
