"""What a rebuild's own statements do: its proof sees every difference, and its copy fills trees in their order."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import takewhile

import pytest
from workbench import Bench

from reconcile.plan.steps import Prove, Run

VALUES = (
    *(None, 0, 1, -1, 5, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 1 - 2**63),
    *(
        0.0,
        1.0,
        -1.0,
        5.0,
        5.5,
        float(2**53),
        float(2**53 + 2),
        2.0**63,
        -(2.0**63),
        float("inf"),
        float("-inf"),
        1e-320,
    ),
    *("", "5", "5.0", "5.5", "0", "-0.0", "abc", "Abc", "5\0", "5 ", " 5", "+5", "0x10", "1e5", "1e999", "inf", "é"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "9007199254740993"),
    *(b"", b"5", b"5.0", b"abc", b"\0", b"5\0", b"\xff"),
)


def exact(value: object) -> tuple[str, object]:
    return type(value).__name__, struct.pack("<d", value) if isinstance(value, float) else value


@contextmanager
def copied(bench: Bench) -> Iterator[tuple[sqlite3.Connection, Prove, str]]:
    """Run a plan up to the proof of its values; give it with the name of the old table, which is there still."""
    actions = [action for step in bench.by(column_order=True).plan().steps for action in step.actions]
    before = list(takewhile(lambda action: "every kept value" not in getattr(action, "claim", ""), actions))
    with closing(sqlite3.connect(bench.source.database, isolation_level=None)) as db:
        db.execute("BEGIN")
        for action in before:
            db.execute(action.sql)
        proof = actions[len(before)]
        assert isinstance(proof, Prove)
        yield db, proof, "_reconcile_was_t"


@pytest.mark.parametrize("collation", ["BINARY", "NOCASE", "RTRIM"])
def test_the_proof_tells_any_two_values_apart(bench: Bench, collation: str) -> None:
    bench.before(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, other TEXT, v COLLATE {collation}); INSERT INTO t (v) VALUES (1);"
    )
    bench.wanted(f"CREATE TABLE t (id INTEGER PRIMARY KEY, v COLLATE {collation}, other TEXT);")
    wrong = []
    with copied(bench) as (db, proof, was):
        for old in VALUES:
            db.execute(f"UPDATE {was} SET v = ?", (old,))
            for new in VALUES:
                db.execute("UPDATE t SET v = ?", (new,))
                if (db.execute(proof.sql).fetchone() == (1,)) != (exact(old) == exact(new)):
                    wrong.append((old, new))

    assert wrong == []


def test_the_proof_names_five_rows_that_differ(bench: Bench) -> None:
    bench.before(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, other TEXT, v TEXT);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
        "INSERT INTO t SELECT i, 'o', i FROM n;"
    )
    bench.wanted("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, other TEXT);")
    with copied(bench) as (db, proof, _):
        db.execute("UPDATE t SET v = v || ' ' WHERE id > 40")

        assert db.execute(proof.sql).fetchone() == (0,)
        assert [row[0] for row in db.execute(proof.sample or "")] == [41, 42, 43, 44, 45]


WITHOUT_ROWID = "CREATE TABLE t (a TEXT COLLATE NOCASE, b INTEGER, c, PRIMARY KEY ({key})) WITHOUT ROWID;"


def filling(bench: Bench) -> list[str]:
    statements = [action.sql for step in bench.plan().steps for action in step.actions if isinstance(action, Run)]
    return [sql for sql in statements if sql.startswith(("INSERT", "PRAGMA cache_size", "CREATE INDEX"))]


@pytest.mark.parametrize("key", ["a, b", "b DESC, a", "a COLLATE BINARY DESC, b"])
def test_a_table_without_rowid_is_filled_in_the_order_of_its_key(bench: Bench, key: str) -> None:
    bench.before(
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b INTEGER, c);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
        "INSERT INTO t SELECT substr('aBcDeF', 1 + i * 7 % 6, 1) || (i % 5), i * 31 % 100, i FROM n;"
    )
    bench.wanted(WITHOUT_ROWID.format(key=key))
    (insert,) = filling(bench)
    source = insert[insert.index("SELECT") :].replace('"_reconcile_was_t"', "t")
    read = bench.rows(source)
    bench.apply()

    assert read == bench.rows("SELECT * FROM t NOT INDEXED")
    assert len(read) == 99


def test_rows_that_are_in_order_already_are_not_sorted(bench: Bench) -> None:
    bench.before(WITHOUT_ROWID.format(key="b DESC, a") + "INSERT INTO t VALUES ('x', 1, 1.5);")
    bench.wanted(WITHOUT_ROWID.format(key="b DESC, a").replace("c,", "c TEXT,"))

    assert ["ORDER BY" in sql for sql in filling(bench)] == [False]


@pytest.mark.parametrize("key", ["id INTEGER PRIMARY KEY, a TEXT UNIQUE", "id INTEGER, a TEXT PRIMARY KEY"])
def test_an_index_in_the_table_gets_room_while_it_is_filled_and_no_longer(bench: Bench, key: str) -> None:
    bench.before(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b); CREATE INDEX by_b ON t (b);"
        "INSERT INTO t VALUES (1, 'x', 2);"
    )
    bench.wanted(f"CREATE TABLE t ({key}, b); CREATE INDEX by_b ON t (b);")

    found = [" ".join(sql.split()[:2]) for sql in filling(bench)]

    assert found == ["PRAGMA cache_size", "INSERT OR", "PRAGMA cache_size", "CREATE INDEX"]
    assert "-2000" in filling(bench)[2]


def test_a_table_whose_only_key_is_its_rowid_is_filled_as_it_is(bench: Bench) -> None:
    bench.before("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, '2');")
    bench.wanted("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);")

    assert [sql[:6] for sql in filling(bench)] == ["INSERT"]
