"""A new column that holds, in every row, what a column that goes holds: a rename that nobody has said."""

from __future__ import annotations

import pytest
from workbench import Bench

from reconcile.errors import BlockedError

ROWS = "INSERT INTO t (zip, note) VALUES ('10115', 'a'), ('20095', NULL), (NULL, 'c');"


def going(bench: Bench, column: str, rows: str = ROWS, allow: tuple[str, ...] = ()) -> Bench:
    """Manage two columns, then take `zip` out of the file and write `column`, which does not resemble it."""
    bench.before("CREATE TABLE t (id INTEGER PRIMARY KEY, zip TEXT, note TEXT);" + rows)
    start = "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n{}      note: TEXT\n"
    bench.wanted(start.format("      zip: TEXT\n"))
    bench.apply()
    bench.wanted(start.format("") + f"      area: {column}\n")
    return bench.by(allow=allow)


@pytest.mark.parametrize("using", ["zip", "upper(zip)", "coalesce(zip, NULL)"])
def test_equal_in_every_row_it_is_refused_with_both_ways(yaml_bench: Bench, using: str) -> None:
    plan = going(yaml_bench, f"{{sql: TEXT, using: '{using}'}}").plan()
    (found,) = [hazard for hazard in plan.hazards if hazard.code == "likely-rename"]

    assert ("likely-rename:t.area",) == plan.blocked
    assert "is it zip, renamed?" in found.message
    assert any("renamed_from: zip" in way for way in found.ways)
    assert any("--allow drop-column:t.zip" in way for way in found.ways)


@pytest.mark.parametrize(
    ("column", "rows"),
    [
        ("{sql: TEXT, using: \"zip || ''\"}", "INSERT INTO t (zip) VALUES (NULL), (NULL);"),
        ("{sql: TEXT, using: 'zip'}", ""),
        ("{sql: TEXT, using: 'substr(zip, 1, 2)'}", ROWS),
        ("{sql: TEXT, using: 'coalesce(zip, 0)'}", ROWS),
        ("TEXT", ROWS),
        ("TEXT DEFAULT '10115'", ROWS),
        ("{sql: TEXT, using: zip, renamed_from: []}", ROWS),
    ],
    ids=["nothing held", "no rows", "other values", "NULL differs", "no value", "one row differs", "it is new"],
)
def test_anything_less_is_a_drop_and_an_add(yaml_bench: Bench, column: str, rows: str) -> None:
    plan = going(yaml_bench, column, rows).plan()

    assert () == plan.blocked
    assert ["drop-column:t.zip"] == [f"{hazard.code}:{hazard.object}" for hazard in plan.wanting]


def test_a_default_that_every_row_held_is_equal_too(yaml_bench: Bench) -> None:
    rows = "INSERT INTO t (zip) VALUES ('-'), ('-');"

    assert ("likely-rename:t.area",) == going(yaml_bench, "TEXT NOT NULL DEFAULT '-'", rows).plan().blocked


def test_consent_to_the_drop_decides(yaml_bench: Bench) -> None:
    decided = going(yaml_bench, "{sql: TEXT, using: zip}", allow=("drop-column:t.zip",))

    assert () == decided.plan().blocked
    decided.apply()
    assert [("10115",), ("20095",), (None,)] == decided.rows("SELECT area FROM t")


def test_a_row_that_makes_them_equal_stops_the_apply(yaml_bench: Bench) -> None:
    bench = going(yaml_bench, "{sql: TEXT, using: \"coalesce(zip, '?')\"}")
    seen = bench.plan().id
    bench.before("DELETE FROM t WHERE zip IS NULL")

    with pytest.raises(BlockedError):
        bench.apply(plan_id=seen)
    assert [("10115",), ("20095",)] == bench.rows("SELECT zip FROM t")


def test_an_expression_that_fails_is_told_once(yaml_bench: Bench) -> None:
    plan = going(yaml_bench, "{sql: TEXT, using: \"json('{')\"}").plan()

    assert ("using-fails:t.area",) == plan.blocked
