"""The cheapest safe way for each kind of edit: what rows forbid it, and what no row does."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from workbench import Bench

from reconcile.plan.steps import Method

EMPTY = """
    CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE); INSERT INTO p VALUES (1, 'a');
    CREATE TABLE t (
      id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT 'x', g TEXT AS (a || b), s TEXT AS (a || b) STORED,
      r INTEGER REFERENCES p, CONSTRAINT k CHECK (a <> b)
    );
    CREATE INDEX t_a ON t (a, g) WHERE b <> '';
"""
BODY = (
    "id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT 'x', g TEXT AS (a || b), s TEXT AS (a || b) STORED, "
    "r INTEGER REFERENCES p, CONSTRAINT k CHECK (a <> b)"
)
P, T_A = "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE);", "CREATE INDEX t_a ON t (a, g) WHERE b <> '';"


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("r INTEGER", "c INTEGER NOT NULL, r INTEGER"),
        ("r INTEGER", "c TEXT NOT NULL DEFAULT (random()), r INTEGER"),
        ("r INTEGER", "c TEXT AS (a) STORED NOT NULL, r INTEGER"),
        ("r INTEGER REFERENCES p, CONSTRAINT k CHECK (a <> b)", "r INTEGER REFERENCES p"),
        ("r INTEGER REFERENCES p, CONSTRAINT", "CONSTRAINT"),
        ("s TEXT AS (a || b) STORED, ", ""),
        ("a TEXT,", "a INTEGER,"),
        ("a TEXT,", "a TEXT NOT NULL,"),
        ("a TEXT,", "a TEXT CHECK (length(a) > 1),"),
        ("a TEXT,", "a TEXT COLLATE NOCASE,"),
        ("b TEXT NOT NULL DEFAULT 'x'", "b TEXT NOT NULL DEFAULT 'y'"),
        ("b TEXT NOT NULL DEFAULT 'x'", "b TEXT CONSTRAINT n NOT NULL DEFAULT 'x'"),
        ("g TEXT AS (a || b)", "g TEXT AS (b || a)"),
        ("g TEXT AS (a || b)", "g TEXT AS (a || b) STORED"),
        ("g TEXT AS (a || b)", "g TEXT"),
        ("s TEXT AS (a || b) STORED", "s TEXT AS (b || a) STORED"),
        ("REFERENCES p", "REFERENCES p (code) ON DELETE CASCADE"),
        ("CHECK (a <> b)", "CHECK (a < b)"),
        ("a TEXT, b TEXT NOT NULL DEFAULT 'x'", "b TEXT NOT NULL DEFAULT 'x', a TEXT"),
    ],
)
def test_without_rows_nothing_but_keys_takes_a_rebuild(bench: Bench, was: str, now: str) -> None:
    bench.before(EMPTY)
    body = BODY.replace(was, now)
    assert body != BODY
    bench.wanted(f"{P} CREATE TABLE t ({body}); {T_A}")
    order = bench.by(column_order=True)

    assert {work.method for work in order.plan().works} <= {Method.IN_PLACE, Method.CATALOG}
    order.apply()
    assert order.plan().is_empty
    assert [("ok",)] == bench.rows("PRAGMA integrity_check")


BIRTHS = {
    "ADD COLUMN with a default": "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2); "
    "ALTER TABLE t ADD COLUMN x INT DEFAULT 7;",
    "a default that came later": "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2); "
    "ALTER TABLE t ADD COLUMN x INT; PRAGMA writable_schema = ON; UPDATE sqlite_schema "
    "SET sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY, x INT DEFAULT 7)'; PRAGMA writable_schema = OFF;",
    "VACUUM": "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2); "
    "ALTER TABLE t ADD COLUMN x INT DEFAULT 7; VACUUM;",
    "whole records": "CREATE TABLE w (id INTEGER PRIMARY KEY); INSERT INTO w VALUES (1), (2); "
    "ALTER TABLE w ADD COLUMN x INT DEFAULT 7; CREATE TABLE t (id INTEGER PRIMARY KEY, x INT DEFAULT 7); "
    "INSERT INTO t SELECT * FROM w; DROP TABLE w;",
}


@pytest.mark.parametrize("birth", BIRTHS)
@pytest.mark.parametrize("default", ["DEFAULT 70", "DEFAULT NULL", ""])
def test_short_records_keep_what_they_read(bench: Bench, birth: str, default: str) -> None:
    """However they were born: another default in the catalog would be another value in every one of them."""
    bench.before(BIRTHS[birth])
    assert relying(bench) == 2, "the rows are no short records"
    bench.wanted(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x INT {default});")

    assert [Method.REBUILD] == [work.method for work in bench.plan().works]
    bench.apply()
    assert [(1, 7), (2, 7)] == bench.rows("SELECT * FROM t")


def relying(bench: Bench) -> int:
    """Count the rows that store nothing: they read as whatever the catalog says."""
    with closing(sqlite3.connect(bench.source.database, isolation_level=None)) as db:
        db.execute("BEGIN")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY, x INT DEFAULT 12345)'")
        db.execute("CREATE VIEW raises_schema_version AS SELECT 1")
        db.execute("PRAGMA writable_schema = RESET")
        count: int = db.execute("SELECT count(*) FROM t NOT INDEXED WHERE x = 12345").fetchone()[0]
        db.execute("ROLLBACK")
        return count
