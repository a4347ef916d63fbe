"""docs/carries.md is what the cases say: `pytest tests/corpus --update` writes it."""

from __future__ import annotations

from collections import Counter

from carries import PAGE, written
from case import load_all


def test_the_page_lists_every_feature_with_its_case() -> None:
    assert written() == PAGE.read_text(encoding="utf-8"), "pytest tests/corpus --update writes the page"


def test_every_case_says_what_it_shows_and_no_other_says_the_same() -> None:
    cases = load_all()

    assert [str(case) for case in cases if not case.features or not case.why] == []
    assert [feature for feature, times in Counter(f for c in cases for f in c.features).items() if times > 1] == []
