"""P6: what looks like a rename is never guessed, and one old name has one heir at most."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from .drive import REFUSED, WRONG_FILE, Site, site
from .edits import KINDS
from .journey import take_over
from .scenario import Scenario, scenarios
from .yaml_writer import Hints, write_yaml

BY_NAME = {kind.name: kind for kind in KINDS}
SOME = settings(max_examples=max(5, settings().max_examples // 2))
WRONG_USAGE = 64


@SOME
@given(scenarios(BY_NAME["rename column"]))
def test_a_column_that_goes_while_its_twin_comes_is_refused_without_a_hint(scenario: Scenario) -> None:
    """The new column says exactly what the old one said, at the same place."""
    assert_twins_refused(scenario)


@SOME
@given(scenarios(BY_NAME["rename table"]))
def test_a_table_that_goes_while_its_twin_comes_is_refused_without_a_hint(scenario: Scenario) -> None:
    """The new table has exactly the columns that the old one had."""
    assert_twins_refused(scenario)


def assert_twins_refused(scenario: Scenario) -> None:
    """See both refused, by the one reason that asks the author, and nothing changed."""
    unsaid = write_yaml(scenario.change.desired, replace(scenario.hints, renamed_from={}), inline=scenario.inline)
    with site(scenario) as place:
        take_over(place)
        place.declare(unsaid)
        said = assert_refused(place, REFUSED)
        assert "likely-rename" in said, said


@SOME
@given(scenarios(BY_NAME["add nullable column"]))
def test_two_columns_that_claim_one_old_name_are_refused(scenario: Scenario) -> None:
    """Neither of them is taken for it."""
    desired = scenario.change.desired
    new = next(iter(desired.ids - scenario.old.ids))
    table = desired.owner(new)
    other = next(column for column in table.columns if column.id != new)
    moved = tuple(replace(c, name=f"{c.name}_moved") if c.id == other.id else c for c in table.columns)
    assert_claimants_refused(
        scenario,
        write_yaml(
            desired.with_table(replace(table, columns=moved)),
            replace(scenario.hints, renamed_from={new: (other.name,), other.id: (other.name,)}),
            inline=scenario.inline,
        ),
    )


@SOME
@given(scenarios(BY_NAME["create table"]))
def test_two_tables_that_claim_one_old_name_are_refused(scenario: Scenario) -> None:
    """Neither of them is taken for it."""
    desired = scenario.change.desired
    new = next(table.id for table in desired.tables if table.id not in scenario.old.ids)
    other = next(table for table in desired.tables if table.id != new and table.id not in desired.unmanaged)
    moved = desired.with_table(replace(other, name=f"{other.name}_moved"))
    hints = Hints({new: (other.name,), other.id: (other.name,)})
    assert_claimants_refused(scenario, write_yaml(moved, hints, inline=scenario.inline))


def assert_claimants_refused(scenario: Scenario, yaml: str) -> None:
    """See both refused, and nothing changed."""
    with site(scenario) as place:
        take_over(place)
        place.declare(yaml)
        assert_refused(place, REFUSED, WRONG_USAGE, WRONG_FILE)


def assert_refused(place: Site, *codes: int) -> str:
    """See an apply refused that changes nothing; give what it said."""
    before = place.snapshot()
    applied = place.run("apply", "--yes", "--no-backup")
    assert applied.code in codes, applied
    assert place.snapshot() == before
    return applied.out + applied.err
