"""Three ways, one end: what a catalog edit makes of a database is what a rebuild makes of it (P1, P4, P24, P25)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from .contents import compare_rows, opened, texts
from .drive import allowing, site
from .edits import KINDS, Kind
from .journey import take_over
from .model import quoted
from .oracle import compare_schemas
from .scenario import Scenario, scenarios

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

SOMETIMES = ("change default", "change collation", "change generated column")
EDITED = [kind for kind in KINDS if kind.in_catalog or kind.name in SOMETIMES]


@pytest.mark.parametrize("kind", EDITED, ids=lambda kind: kind.name.replace(" ", "-"))
def test_a_catalog_edit_ends_as_a_rebuild_does(kind: Kind) -> None:
    run(kind, max(3, settings.default.max_examples // 4))


@pytest.mark.soak
@pytest.mark.parametrize("kind", EDITED, ids=lambda kind: kind.name.replace(" ", "-"))
def test_many_catalog_edits_end_as_rebuilds_do(kind: Kind) -> None:
    run(kind, max(40, settings.default.max_examples))


def run(kind: Kind, examples: int) -> None:
    """Hold so many cases of a kind; some of them must have been edited."""
    edited = 0

    @settings(max_examples=examples)
    @given(scenarios(kind))
    def holds(scenario: Scenario) -> None:
        nonlocal edited
        edited += both_ways(scenario)

    holds()
    # Where rows may forbid it, or what reads the column, a few examples may all be such.
    assert edited or kind.blocks or kind.name in SOMETIMES


def both_ways(scenario: Scenario) -> bool:
    """Apply the cheapest way and by rebuilds, and compare; say whether the cheapest was none."""
    if scenario.blocked or scenario.undecided or scenario.noop:
        return False
    with site(scenario) as cheap, site(scenario) as dear:
        planned = None
        for place, method in ((cheap, []), (dear, ["--method", "rebuild"])):
            take_over(place)
            place.declare(scenario.yaml_after)
            planned = planned or place.run("plan", "--format", "json").plan
            applied = place.run("apply", "--yes", "--no-backup", *method, *allowing(scenario.consent.must))
            assert applied.code == 0, applied
        with opened(cheap.database) as found, opened(dear.database) as wanted:
            differences = compare_schemas(wanted, found) + compare_rows(scenario.change.desired, wanted, found)
            assert not differences, "\n".join(differences)
        assert query_plans(cheap.database) == query_plans(dear.database)
        assert integrity(cheap.database) == integrity(dear.database)
        # From SQLite 3.53 on ALTER makes some of them.
        return any(change["method"] in ("catalog edit", "in place") for change in planned["changes"])


def query_plans(database: Path) -> list[list[tuple]]:
    """Say how SQLite would look for rows, by each column and in its order (P25)."""
    out = []
    with closing(sqlite3.connect(database)) as connection:
        for _, table, kind, *_ in sorted(texts(connection, "PRAGMA main.table_list")):
            if kind != "table" or table.startswith("sqlite_"):
                continue
            for column in sorted(texts(connection, f"PRAGMA table_xinfo({quoted(table)})"), key=lambda c: c[1]):
                name = f"{quoted(table)}.{quoted(column[1])}"
                for what in (f"WHERE {name} = 1", f"WHERE {name} IS NULL", f"ORDER BY {name}"):
                    sql = f"EXPLAIN QUERY PLAN SELECT count(*), {name} FROM {quoted(table)} {what}"
                    out.append([row[3] for row in texts(connection, sql)])
    return out


def integrity(database: Path) -> list[tuple]:
    """Give what a full check of the file says, in an order of its own: SQLite's is that of a hash."""
    with closing(sqlite3.connect(database)) as connection:
        said = texts(connection, "PRAGMA integrity_check") + texts(connection, "PRAGMA foreign_key_check")
        return sorted(said, key=repr)
