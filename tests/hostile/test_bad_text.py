"""Text that is no UTF-8, in names, definitions and values: refused by name, or carried byte for byte."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from runs import build, reconcile, rows, untouched

SCHEMA = "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n      a: TEXT NOT NULL DEFAULT ''\n"


def spoil(path, table: str, old: str, new: bytes) -> None:
    """Put bytes in the place of text in a stored definition, as a program in C can."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.text_factory = bytes
        query = "SELECT sql FROM sqlite_schema WHERE name = ?"
        sql = connection.execute(query, (table,)).fetchone()[0].replace(old.encode(), new)
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = CAST(? AS TEXT) WHERE name = ?", (sql, table))


@pytest.mark.parametrize("words", [("plan",), ("check",), ("inspect",), ("apply", "--yes")])
def test_a_definition_that_is_no_text_is_refused_by_name(den, words):
    build(den / "store.db", "CREATE VIEW odd AS SELECT 'here' AS b")
    spoil(den / "store.db", "odd", "here", b"\xff\xfe")
    (den / "schema.yaml").write_text(SCHEMA, "utf-8")

    with untouched(den):
        ran = reconcile(words[0], "store.db", *words[1:], folder=den)

    assert (7, "") == (ran.status, ran.out), ran.err
    assert "not UTF-8" in ran.err
    assert "odd" in ran.err or words == ("check",)


def test_a_definition_that_is_no_text_at_all_is_refused_by_name(den):
    build(
        den / "store.db",
        "CREATE VIEW odd AS SELECT 'here' AS b",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = CAST(sql AS BLOB) WHERE name = 'odd'",
    )
    (den / "schema.yaml").write_text(SCHEMA, "utf-8")

    ran = reconcile("plan", "store.db", folder=den)

    assert (7, "") == (ran.status, ran.out), ran.err
    assert "view odd" in ran.err


@pytest.mark.parametrize("words", [("plan",), ("check",), ("inspect",), ("apply", "--yes")])
def test_a_definition_with_a_zero_byte_is_refused_by_name(den, words):
    build(den / "store.db", "CREATE INDEX odd ON t (a) WHERE id > 0")
    spoil(den / "store.db", "odd", " WHERE", b"\0WHERE")  # SQLite takes it for an index of all rows
    (den / "schema.yaml").write_text(SCHEMA, "utf-8")

    with untouched(den):
        ran = reconcile(words[0], "store.db", *words[1:], folder=den)

    assert (7, "") == (ran.status, ran.out), ran.err
    assert "index odd has a zero byte" in ran.err


def test_a_table_that_sqlite_would_not_create_is_refused_by_name(den):
    # Who only reads is spared the error (3.40, 3.53): everybody else finds the whole schema malformed.
    build(den / "store.db", "CREATE TABLE u (id INTEGER PRIMARY KEY, b TEXT CHECK (b <> ''), n TEXT)")
    spoil(den / "store.db", "u", "b <> ", b"gone <> ")
    (den / "schema.yaml").write_text(SCHEMA + "  u:\n    columns: {id: INTEGER PRIMARY KEY, b: TEXT, n: REAL}\n")

    with untouched(den):
        planned = reconcile("plan", "store.db", folder=den)
        done = reconcile("apply", "store.db", "--yes", folder=den)

    assert (3, 3) == (planned.status, done.status), planned.err + done.err
    assert "cannot-carry: SQLite does not take the stored text of table u any more: no such column: gone" in planned.out


def test_values_that_are_no_text_are_carried_byte_for_byte(den):
    build(den / "store.db", "UPDATE t SET a = CAST(x'ff00fe' AS TEXT) WHERE id = 1")
    (den / "schema.yaml").write_text(SCHEMA.replace("'';", "''"), "utf-8")
    planned = reconcile("plan", "store.db", "--rows", "5", folder=den)
    done = reconcile("apply", "store.db", "--yes", folder=den)

    assert (0, 0) == (planned.status, done.status), planned.err + done.err
    assert [("text", "FF00FE"), ("text", "79")] == rows(den / "store.db", "SELECT typeof(a), hex(a) FROM t")


def test_a_key_that_is_no_text_is_shown_and_not_stumbled_over(den):
    build(
        den / "store.db",
        "CREATE TABLE k (name TEXT PRIMARY KEY, n TEXT) WITHOUT ROWID",
        "INSERT INTO k VALUES (CAST(x'ff41' AS TEXT), NULL)",
    )
    (den / "schema.yaml").write_text(
        "version: 1\ntables:\n"
        "  k: {columns: {name: TEXT, n: TEXT NOT NULL}, primary_key: [name], without_rowid: true}\n"
    )

    ran = reconcile("plan", "store.db", "--rows", "5", folder=den)

    assert 3 == ran.status, ran.out + ran.err
    assert "nulls-in-not-null" in ran.out
