"""The tests are tested: each planted bug of tests/mutants.py makes its selection of them fail, under three seeds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from mutants import FAST, MUTANTS, Mutant, run

SEEDS = ("1", "2", "3")
PLANTED = [
    pytest.param(
        mutant,
        seed,
        id=f"{mutant.name.replace(' ', '-')}-{seed}",
        marks=[] if mutant.name in FAST and seed == SEEDS[0] else pytest.mark.soak,
    )
    for mutant in MUTANTS
    if not mutant.pending
    for seed in SEEDS
]


def test_the_fast_ones_exist() -> None:
    assert {mutant.name for mutant in MUTANTS if not mutant.pending} >= set(FAST)


@pytest.mark.parametrize(("mutant", "seed"), PLANTED)
def test_a_planted_bug_is_caught(mutant: Mutant, seed: str) -> None:
    said, verdict = run(mutant, seed)

    assert said == ("equal" if mutant.equivalent else "caught"), verdict
