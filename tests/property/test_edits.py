"""One property for each kind of edit: see `journey` for what is held, and `edits` for the kinds."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given

from .edits import KINDS, Kind
from .journey import travel
from .scenario import Scenario, scenarios

# A failing case is a script to run, as long as it has to be.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(" ", "-"))
def test_an_edit_reaches_what_is_declared_and_keeps_every_row(kind: Kind) -> None:
    health: Counter[str] = Counter()

    @given(scenarios(kind))
    def holds(scenario: Scenario) -> None:
        health[travel(kind, scenario)] += 1
        health["all"] += 1
        health.update(scenario.hand.refused)

    holds()

    assert_health(kind, health)


def assert_health(kind: Kind, health: Counter[str]) -> None:
    """See that the examples were worth running: the edit really happened, or was blocked where it must be."""
    if kind.noop:
        assert health["noop"] == health["all"], health
        return
    assert health["noop"] <= health["all"] // 5, health
    assert health["applied"], health
    assert kind.blocks or health["applied"] >= health["all"] // 2, health
    assert not kind.blocks or (health["blocked"] and health[kind.blocks]), health
