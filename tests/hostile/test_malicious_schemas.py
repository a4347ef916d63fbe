"""A database's own triggers, views, checks and functions may be an attack: nothing of theirs runs because of us."""

from __future__ import annotations

import sqlite3

import pytest
from runs import build, forked, reconcile, rows, untouched

from reconcile.database.connection import open_reading, open_writing
from reconcile.database.guard import only_reading, only_what_it_names

RUNAWAY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
TRAPS = f"""
    CREATE TABLE log (what TEXT);
    CREATE VIEW endless AS {RUNAWAY};
    CREATE VIEW vast AS SELECT randomblob(1900000000) AS b;
    CREATE TRIGGER t_in AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('insert'); END;
    CREATE TRIGGER t_up AFTER UPDATE ON t BEGIN INSERT INTO log VALUES ('update'); DELETE FROM t; END;
    CREATE TRIGGER t_out BEFORE DELETE ON t BEGIN INSERT INTO log VALUES ('delete'); SELECT RAISE(IGNORE); END;
    CREATE TRIGGER log_in AFTER INSERT ON log BEGIN UPDATE log SET what = (SELECT max(b) FROM vast); END;
    CREATE TRIGGER endless_in INSTEAD OF INSERT ON endless BEGIN DELETE FROM t; END;
"""
SCHEMA = "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n      a: INTEGER\n      more: TEXT\n"


@pytest.fixture
def trapped(den):
    """A store whose views never end and whose triggers destroy."""
    build(den / "store.db", TRAPS)
    (den / "schema.yaml").write_text(SCHEMA, "utf-8")
    return den


@pytest.mark.parametrize("words", [("plan",), ("check",), ("inspect",), ("history",), ("diff",)])
def test_who_only_reads_runs_no_view_and_no_trigger(trapped, words):
    more = ("schema.yaml",) if words == ("diff",) else ()

    with untouched(trapped):
        ran = forked(*words, "store.db", *more, folder=trapped).go().end()

    assert ran.status in (0, 2, 3), ran.err
    assert [] == rows(trapped / "store.db", "SELECT * FROM log")


def test_apply_and_the_way_back_fire_no_trigger(trapped):
    build(trapped / "store.db", "DROP TRIGGER t_up", "UPDATE t SET a = '4'")
    build(trapped / "store.db", "CREATE TRIGGER t_up AFTER UPDATE ON t BEGIN DELETE FROM t; END")

    done = reconcile("apply", "store.db", "--yes", folder=trapped)
    forth = rows(trapped / "store.db", "SELECT id, a FROM t")
    back = reconcile("rollback", "store.db", "--yes", "--allow", "drop-column:t.more", folder=trapped)

    assert (0, 0) == (done.status, back.status), done.out + done.err + back.out + back.err
    assert [(1, 4), (2, 4)] == forth
    assert [(1, "4"), (2, "4")] == rows(trapped / "store.db", "SELECT * FROM t")
    assert [] == rows(trapped / "store.db", "SELECT * FROM log")


def test_a_history_table_with_a_trigger_is_not_written_to(den):
    build(
        den / "store.db",
        "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, description TEXT, applied_at TEXT)",
        "CREATE TRIGGER told AFTER INSERT ON schema_version BEGIN DELETE FROM t; END",
    )
    (den / "schema.yaml").write_text(SCHEMA.replace("a: INTEGER", "a: TEXT"), "utf-8")

    with untouched(den):
        ran = reconcile("apply", "store.db", "--yes", folder=den)

    assert 3 == ran.status, ran.out + ran.err
    assert "told" in ran.out + ran.err
    assert "history_table" in ran.out + ran.err


# --- the guards themselves ------------------------------------------------------------------------------------------


def test_reading_cannot_write_attach_or_recur(den):
    with open_reading(den / "store.db") as connection, only_reading(connection):
        connection.execute("PRAGMA query_only = OFF")
        for harm in (
            "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u (x)", "ATTACH 'evil.db' AS e", "BEGIN IMMEDIATE",
            "SELECT load_extension('x')", RUNAWAY,
        ):  # fmt: skip
            with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
                connection.execute(harm)
        assert [(2,)] == connection.execute("SELECT count(*) FROM t").fetchall()


def test_a_step_writes_only_what_it_names_and_through_no_trigger(den):
    build(den / "store.db", "CREATE TABLE log (what TEXT)", "CREATE TABLE plain (a TEXT)")
    build(den / "store.db", "CREATE TRIGGER told AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a); END")
    with open_writing(den / "store.db") as connection:
        for harm in ("INSERT INTO t (a) VALUES ('z')", "ATTACH 'evil.db' AS e"):
            with only_what_it_names(connection, harm), pytest.raises(sqlite3.DatabaseError, match="not authorized"):
                connection.execute(harm)
        with only_what_it_names(connection, "SELECT 1"), pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            connection.execute("DELETE FROM plain")
        with only_what_it_names(connection, "INSERT INTO plain SELECT a FROM t"):
            connection.execute("INSERT INTO plain SELECT a FROM t")
        with only_what_it_names(connection, "EXPLAIN INSERT INTO t DEFAULT VALUES"):
            connection.execute("EXPLAIN INSERT INTO t DEFAULT VALUES").fetchall()

    assert [("x",), ("y",)] == rows(den / "store.db", "SELECT a FROM plain")
