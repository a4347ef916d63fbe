"""P14: what was applied is rolled back, and the database is what it was - schema, rows, ids and order of columns."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from .contents import compare_rows, opened
from .drive import PENDING, REFUSED, Ran, Site, run, site
from .edits import KINDS, Kind
from .journey import consented, take_over
from .oracle import column_order, compare_schemas
from .scenario import Scenario, scenarios

if TYPE_CHECKING:
    import sqlite3

EXAMPLES = settings(max_examples=max(6, settings().max_examples // 2))
QUICK = {
    "rename table",
    "many edits in one table",
    "add required column with using",
    "drop column",
    "rename and retype column",
    "retype to another affinity",
    "retype with using and undo",
    "change collation",
    "drop foreign key",
}
# A table that had no rowids gets hidden ones in the order of its keys; those of before, which no key shows, are gone.
RENUMBERED = {"toggle without rowid"}
_TO_PASTE = re.compile(r"reconcile rollback [^\n]+")

ALL = [
    pytest.param(kind, id=kind.name.replace(" ", "-"), marks=[] if kind.name in QUICK else pytest.mark.soak)
    for kind in KINDS
    if not kind.noop
]


def test_the_quick_kinds_exist() -> None:
    assert {kind.name for kind in KINDS} >= QUICK


@pytest.mark.parametrize("kind", ALL)
def test_what_was_applied_is_rolled_back_to_what_it_was(kind: Kind) -> None:
    health: Counter[str] = Counter()

    @EXAMPLES
    @given(scenarios(kind))
    def holds(scenario: Scenario) -> None:
        health[there_and_back(scenario, rowids=kind.name not in RENUMBERED)] += 1
        health["all"] += 1

    holds()

    # A kind that most rows are against may find no fitting ones in a few examples.
    assert kind.blocks or health["back"] >= health["all"] // 2, health


def there_and_back(scenario: Scenario, *, rowids: bool = True) -> str:
    """Apply with a backup, roll back with the consent that is asked for, and compare; say how it ended."""
    with site(scenario) as place:
        take_over(place)
        place.declare(scenario.yaml_after)
        if scenario.blocked or place.run("plan", "--exit-code").code not in (PENDING, REFUSED):
            return "nothing"
        before = place.database.read_bytes()
        applied = consented(place, scenario, [])
        if applied.code == REFUSED and scenario.undecided:
            return "refused"
        assert applied.code == 0, applied

        back = roll_back(place)

        assert back.code == 0, back
        with opened(before) as wanted, opened(place.database) as found:
            differences = compare_schemas(wanted, found) + compare_rows(scenario.old, wanted, found, rowids=rowids)
            if scenario.kind == "change primary key":
                # A mark that was set back below the largest id, where SQLite does not look at it, is made anew.
                differences = [line for line in differences if not line.startswith("sqlite_sequence")]
            assert not differences, "\n".join([f"P14: {back}", *differences])
            assert orders(wanted) == orders(found)
    return "back"


def roll_back(place: Site) -> Ran:
    """Roll back; where that needs consent, paste the line that it prints."""
    back = run("rollback", str(place.database), "--yes")
    if back.code != REFUSED:
        return back
    line = _TO_PASTE.search(back.out + back.err)
    assert line is not None, back
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {line[0]}"], capture_output=True, check=True, encoding="utf-8"
    )
    return run(*words.stdout.split("\0")[1:-1], "--yes")


def orders(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Give the columns of every table but the history."""
    return {n: columns for n, columns in column_order(connection).items() if not n.startswith("schema_version")}
