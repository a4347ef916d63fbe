"""Our SQL for affinity must say what SQLite's own columns do; SQLite is the oracle."""

import sqlite3
from contextlib import closing

import pytest

from reconcile.model.types import Affinity
from reconcile.plan.conversion import loses, misfits, stored

NASTY = [
    None, "", "007", "1e3", " 5 ", "0x10", "a\0b", "5", "5.0", "19.99", "19.90", "1,299", "12abc", "\u00a05",
    "9223372036854775808", "9223372036854775807", "-9223372036854775808", "1e400", "+5", "-0", ".5", "5.", "  ",
    "inf", "nan", "123456789012345678901234567890", "0.1", "1.0e0", "\n7\t", "5e", "1_000", "9007199254740993",
    "9007199254740993.0", "1e15", "1e19", 5, -5, 0, 2**53 + 1, 2**63 - 1, -(2**63), 5.5, 5.0, -0.0, 2.0**53, 1e300,
    1e15, 1e18, 9.2e18, 4611686018427387904.0, 0.1 + 0.2, float("inf"), b"5", b"\xff", b"",
]  # fmt: skip


@pytest.mark.parametrize("affinity", list(Affinity))
def test_a_value_is_stored_as_the_expression_says(affinity: Affinity) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE was (i INTEGER PRIMARY KEY, x)")
        db.execute(f"CREATE TABLE now (i INTEGER PRIMARY KEY, x {affinity.value})")
        for table in ("was", "now"):
            db.executemany(f"INSERT INTO {table} (x) VALUES (?)", [(value,) for value in NASTY])
        value = stored("was.x", affinity)
        rows = db.execute(
            f"SELECT was.i, typeof(now.x), quote(now.x), typeof({value}), quote({value}) FROM was JOIN now USING (i)"
        ).fetchall()

    assert len(NASTY) == len(rows)
    for i, type_, text, our_type, our_text in rows:
        assert (type_, text) == (our_type, our_text), repr(NASTY[i - 1])


@pytest.mark.parametrize(
    ("affinity", "value", "misfit", "lost"),
    [
        (Affinity.INTEGER, "01234", 0, 1),
        (Affinity.INTEGER, "5", 0, 0),
        (Affinity.INTEGER, "1e3", 0, 1),
        (Affinity.INTEGER, "9007199254740993.0", 0, 1),
        (Affinity.NUMERIC, 5.0, 0, 0),
        (Affinity.REAL, 2**53 + 1, 0, 1),
        (Affinity.REAL, "19.99", 0, 0),
        (Affinity.REAL, "19.90", 0, 1),
        (Affinity.REAL, 7, 0, 0),
        (Affinity.TEXT, 7, 0, 0),
        (Affinity.TEXT, 0.1 + 0.2, 0, int(sqlite3.sqlite_version_info < (3, 53))),  # written with 15 digits until then
        (Affinity.NUMERIC, "1e3", 0, 1),
        (Affinity.NUMERIC, None, 0, 0),
    ],
)
def test_misfits_and_losses_are_told_apart(affinity: Affinity, value: object, misfit: int, lost: int) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        found = db.execute(
            f"SELECT ({misfits('was.x', affinity)}) IS 1, {loses('was.x', affinity)} FROM (SELECT ? AS x) AS was",
            (value,),
        ).fetchone()

    assert (misfit, lost) == found


@pytest.mark.parametrize(
    ("affinity", "value"),
    [
        (Affinity.INTEGER, "n/a"),
        (Affinity.INTEGER, 5.5),
        (Affinity.INTEGER, b"5"),
        (Affinity.INTEGER, "5.5"),
        (Affinity.INTEGER, float("inf")),
        (Affinity.REAL, ""),
        (Affinity.REAL, "1,299"),
        (Affinity.REAL, b"5"),
        (Affinity.NUMERIC, "0x10"),
        (Affinity.TEXT, b"x"),
    ],
)
def test_what_does_not_fit_is_seen(affinity: Affinity, value: object) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        found = db.execute(f"SELECT {misfits('was.x', affinity)} FROM (SELECT ? AS x) AS was", (value,)).fetchone()

    assert (1,) == found
