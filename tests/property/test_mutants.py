"""The tests are tested: each planted bug of tests/mutants.py must make its selection of them fail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from mutants import FAST, MUTANTS, Mutant, run

PLANTED = [
    pytest.param(mutant, id=mutant.name.replace(" ", "-"), marks=[] if mutant.name in FAST else pytest.mark.soak)
    for mutant in MUTANTS
    if not mutant.pending
]


def test_the_fast_ones_exist() -> None:
    assert {mutant.name for mutant in MUTANTS if not mutant.pending} >= set(FAST)


@pytest.mark.parametrize("mutant", PLANTED)
def test_a_planted_bug_is_caught(mutant: Mutant) -> None:
    said, verdict = run(mutant, "1")

    assert said == ("equal" if mutant.equivalent else "caught"), verdict
