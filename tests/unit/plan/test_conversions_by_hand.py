"""What a plan says of a conversion, row by row, against a rebuild by hand: nothing is lost unsaid, no false block."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from test_conversion import NASTY

from reconcile.api import apply, plan
from reconcile.model.facts import Sample
from reconcile.plan.steps import Hazard, Severity
from reconcile.river import chart, load_desired, wishes
from reconcile.values import ApplyOptions, Source

MORE = [
    "01234", "-007", "0", "00", "0.0", "-5", "- 5", "1E3", "1e-3", "1.50", "100", "1.0", "5 ", " 5", "\t5", "0x1F",
    "9007199254740993", "-9223372036854775809", "1.7976931348623157e308", "4.9e-324", "Infinity", "True", "NULL",
    "\u0665", "5\0", "\0", 1, -1, 2**53, -(2**53) - 1, 1.5, -1.5, 1e-300, 123456789.123456789, -(2.0**63), 2.0**63,
    float("-inf"), b"007", b"1.5", b"\0", "a" * 500,
]  # fmt: skip
VALUES = NASTY + MORE
FITS = {"INTEGER": {"integer"}, "REAL": {"real"}, "NUMERIC": {"integer", "real"}, "TEXT": {"text"}, "BLOB": set()}
OLD = ["", "TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB"]
NEW = ["TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB"]
STRICT = ["TEXT", "INT", "INTEGER", "REAL", "BLOB", "ANY"]


@dataclass(frozen=True)
class Verdict:
    """The ids of the rows that cannot become the new type, and of those that do not come back as they were."""

    wrong: set[int]
    lossy: set[int]


def build(path: Path, old: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {old})")
        db.executemany("INSERT INTO t (x) VALUES (?)", [(value,) for value in VALUES])
        db.commit()


def by_hand(path: Path, new: str, *, strict: bool) -> Verdict:
    """Rebuild row by row as a person would, and look at what has come of each value."""
    wrong, lossy = set(), set()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE pairs (id INTEGER PRIMARY KEY, was, now)")
        for (number,) in db.execute("SELECT id FROM t").fetchall():
            db.execute(f"CREATE TEMP TABLE n (id INTEGER PRIMARY KEY, x {new}) {'STRICT' if strict else ''}")
            try:
                db.execute("INSERT INTO n SELECT id, x FROM t WHERE id = ?", (number,))
            except sqlite3.IntegrityError:
                wrong.add(number)
            else:
                db.execute("INSERT INTO pairs SELECT t.id, t.x, n.x FROM t JOIN n USING (id)")
            db.execute("DROP TABLE n")
        found = db.execute(
            "SELECT id, typeof(was), typeof(now), quote(was) = quote(now) AND typeof(was) = typeof(now),"
            " CASE typeof(was) WHEN 'text' THEN CAST(now AS TEXT) = was WHEN 'integer' THEN CAST(now AS INTEGER) = was"
            " WHEN 'real' THEN CAST(now AS REAL) = was ELSE 1 END, now FROM pairs"
        ).fetchall()
        for number, _, type_, same, comes_back, now in found:
            fits = FITS.get(new, set()) if not strict else set()
            whole = new == "INTEGER" and now == -(2.0**63)  # SQLite never stores this one as an integer
            if fits and type_ != "null" and type_ not in fits and not whole:
                wrong.add(number)
            elif not same and not comes_back:
                lossy.add(number)
        db.execute("DROP TABLE pairs")
        db.commit()
    return Verdict(wrong, lossy)


def planned(path: Path, new: str, *, strict: bool) -> tuple[Verdict, tuple[Hazard, ...]]:
    wanted = path.with_suffix(".sql")
    wanted.write_text(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {new}) {'STRICT' if strict else ''};")
    with closing(sqlite3.connect(path)) as db:
        plan = chart(db, load_desired(wanted), wishes((), (), column_order=False), sample=Sample(1000)).plan
    answers = {hazard.code: hazard.answer for hazard in plan.hazards if hazard.answer is not None}
    found = {code: {int(key) for key in answer.keys} for code, answer in answers.items()}
    assert all(answer.count == len(answer.keys) for answer in answers.values())
    assert set(found) <= {"wrong-type", "lossy-conversion"}
    return Verdict(found.get("wrong-type", set()), found.get("lossy-conversion", set())), plan.hazards


def shown(ids: set[int]) -> list[object]:
    return [VALUES[number - 1] for number in sorted(ids)]


@pytest.mark.parametrize(
    ("old", "new", "strict"),
    [*((old, new, False) for old, new in product(OLD, NEW)), *((old, new, True) for old, new in product(OLD, STRICT))],
)
def test_a_plan_says_of_every_row_what_a_rebuild_by_hand_does_to_it(
    tmp_path: Path, old: str, new: str, *, strict: bool
) -> None:
    build(tmp_path / "t.db", old)
    expected = by_hand(tmp_path / "t.db", new, strict=strict)
    found, _ = planned(tmp_path / "t.db", new, strict=strict)
    if (not strict and {old, new} <= {"", "BLOB"}) or (old == new and not strict):
        expected = Verdict(set(), set())  # nothing is converted, so nothing is judged

    assert shown(expected.wrong) == shown(found.wrong)
    assert shown(expected.lossy) == shown(found.lossy)


CLASSES = {
    "leading zeros": ["01234", "-007", "00", "007.5", "0099999999999999999"],
    "an exponent": ["1e3", "1E3", "1.5e2", "1.0e+18"],
    "spaces": [" 5", "5 ", "\t5", "5\n"],
    "a plus sign": ["+5", "+5.5"],
    "more digits than a number keeps": ["0.1234567890123456789", "9223372036854775808"],
    "trailing zeros": ["5.0", "19.90", "100.00"],
    "another spelling": ["-0", ".5", "5."],
}


@pytest.mark.parametrize("new", ["INTEGER", "REAL", "NUMERIC"])
def test_texts_that_change_are_counted_by_class(tmp_path: Path, new: str) -> None:
    fits = {
        word: [v for v in values if new != "INTEGER" or (float(v).is_integer() and float(v) < 2.0**63)]
        for word, values in CLASSES.items()
    }
    if new == "REAL":
        fits["no decimals"] = ["5", "-17"]
        fits["trailing zeros"] = ["19.90", "100.00"]  # 5.0 is how a REAL is written
        fits["an exponent"] = ["1e3", "1E3", "1.5e2"]  # and so is 1.0e+18
    with closing(sqlite3.connect(tmp_path / "t.db")) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)")
        rows = [(value,) for values in fits.values() for value in values]
        db.executemany("INSERT INTO t (x) VALUES (?)", [*rows, ("19.99",) if new != "INTEGER" else ("7",)])
        db.commit()
    _, hazards = planned(tmp_path / "t.db", new, strict=False)
    (message,) = (hazard.message for hazard in hazards if hazard.code == "lossy-conversion")

    assert message.startswith(f"{len(rows)} rows of t.x do not come back as they were (")
    assert {f"{len(values)} with {word}" for word, values in fits.items() if values} == set(
        message.partition("(")[2].rstrip(")").split(", ")
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("TEXT", "INTEGER"),
        ("TEXT", "REAL"),
        ("TEXT", "NUMERIC"),
        ("INTEGER", "REAL"),
        ("REAL", "INTEGER"),
        ("REAL", "TEXT"),
        ("BLOB", "TEXT"),
        ("BLOB", "INTEGER"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_what_is_consented_to_is_stored_as_by_hand(tmp_path: Path, old: str, new: str, *, strict: bool) -> None:
    path, wanted = tmp_path / "t.db", tmp_path / "wanted.sql"
    new = "ANY" if strict and new == "NUMERIC" else new
    build(path, old)
    wrong = by_hand(path, new, strict=strict).wrong
    with closing(sqlite3.connect(path)) as db:
        db.executemany("DELETE FROM t WHERE id = ?", [(number,) for number in sorted(wrong)])
        db.commit()
        db.execute(f"CREATE TEMP TABLE n (id INTEGER PRIMARY KEY, x {new}) {'STRICT' if strict else ''}")
        db.execute("INSERT INTO n SELECT * FROM main.t")
        expected = db.execute("SELECT id, typeof(x), quote(x) FROM n").fetchall()
    wanted.write_text(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {new}) {'STRICT' if strict else ''};")
    apply(Source(path, wanted, allow=("lossy-conversion:t.x",)), ApplyOptions(backup=False))

    with closing(sqlite3.connect(path)) as db:
        assert expected == db.execute("SELECT id, typeof(x), quote(x) FROM t").fetchall()


@pytest.mark.parametrize(
    ("using", "undo", "codes"),
    [
        ("x * 100", None, {"lossy-conversion"}),
        ("x * 100", "x / 100.0", set()),
        ("CAST(x AS INTEGER)", "x * 1.0", {"lossy-conversion"}),
        ("x * 100", "abs(-9223372036854775808 + 0 * x)", {"using-fails"}),
        ("CASE WHEN x > 1 THEN x END", "x", {"nulls-in-not-null", "lossy-conversion"}),
        ("json(x || '{')", None, {"using-fails"}),
        ("'text'", None, {"lossy-conversion"}),
    ],
)
def test_using_and_undo_run_over_the_real_rows(tmp_path: Path, using: str, undo: str | None, codes: set[str]) -> None:
    path, wanted = tmp_path / "t.db", tmp_path / "schema.yaml"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, x REAL); INSERT INTO t (x) VALUES (0.5), (1.0), (2.25)"
        )
    column = {"sql": "INTEGER NOT NULL", "using": using} | ({"undo": undo} if undo else {})
    wanted.write_text(
        json.dumps({"version": "1", "tables": {"t": {"columns": {"id": "INTEGER PRIMARY KEY", "x": column}}}})
    )
    found = plan(Source(path, wanted)).plan

    assert codes == {hazard.code for hazard in found.hazards if hazard.severity is not Severity.NOTE}


@pytest.mark.parametrize("old", OLD)
@pytest.mark.parametrize("new", NEW)
def test_the_query_that_is_shown_finds_the_rows_that_were_counted(tmp_path: Path, old: str, new: str) -> None:
    build(tmp_path / "t.db", old)
    _, hazards = planned(tmp_path / "t.db", new, strict=False)
    with closing(sqlite3.connect(tmp_path / "t.db")) as db:
        for hazard in hazards:
            if hazard.query is not None and hazard.answer is not None:
                assert {str(row[0]) for row in db.execute(hazard.query)} == set(hazard.answer.keys)
