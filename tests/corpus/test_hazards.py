"""Every hazard has a case where it fires, and one of the same kind of edit where it must not.

What a case shows depends on rows and on the disk for some: those have their tests in tests/unit/plan.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from case import CASES

ROOT = Path(__file__).parents[2]
CODES = re.findall(r"^## (.+)$", (ROOT / "docs" / "hazards.md").read_text("utf-8"), re.MULTILINE)
BY_CASE = {
    "drop-table": ("consent-drop-table-missing", "rename-table-everywhere"),
    "drop-column": ("consent-drop-column-missing", "rename-column-everywhere"),
    "drop-view": ("consent-drop-view-index-trigger-missing", "rename-view"),
    "drop-trigger": ("consent-drop-view-index-trigger-missing", "compare-trigger-body-changed"),
    "drop-index": ("consent-drop-view-index-trigger-missing", "compare-index-changed"),
    "lossy-conversion": ("convert-leading-zeros-blocked", "convert-text-that-is-a-number"),
    "nulls-in-not-null": ("blocked-nulls-in-not-null", "not-null-added"),
    "duplicates": ("blocked-duplicates-in-unique-index", "unique-index-that-fits"),
    "check-violations": ("blocked-check-violations", "checks-added-and-dropped"),
    "orphans": ("blocked-orphans", "foreign-key-that-affinity-makes-fit"),
    "wrong-type": ("convert-words-blocked", "convert-text-to-real"),
    "cannot-evaluate": ("rename-under-the-applications-functions", "rename-past-broken-triggers-and-circular-views"),
    "cannot-carry": ("rename-and-using-beside-a-column-called-true", "rename-and-rebuild-beside-a-column-called-true"),
    "likely-rename": ("rename-likely-similar-name", "rename-unalike-is-drop-and-add"),
    "rename-conflict": ("rename-both-live", "rename-hint-spent"),
    "breaks-unmanaged": ("unmanaged-view-on-a-dropped-column", "unmanaged-through-a-rebuild"),
    "broken-object": ("drop-column-breaks-desired-trigger", "carry-broken-trigger-elsewhere"),
    "history-shape": ("history-of-another-shape", "history-adopted"),
    "breaks-old-code": ("not-null-added", "not-null-dropped"),
    "fk-off-application": ("add-column-with-reference", "foreign-keys-added-changed-dropped"),
    "reserved-or-confusing-name": ("names-reserved-or-confusing", "carry-names-near-reserved-ones"),
    "loosens": ("not-null-dropped", "not-null-added"),
    "adds-nulls": ("add-column-nullable", "add-column-not-null-default"),
}
BY_TEST = {
    "using-fails": "tests/unit/plan/test_conversions_by_hand.py",
    "unreadable": "tests/unit/preview/test_preview_text.py",
    "rebuild-lock": "tests/unit/plan/test_notes.py",
    "disk-space": "tests/unit/plan/test_notes.py",
    "secure-delete": "tests/unit/plan/test_notes.py",
    "wal-growth": "tests/unit/plan/test_notes.py",
}


def test_every_hazard_is_shown_firing_and_silent() -> None:
    assert sorted([*BY_CASE, *BY_TEST]) == sorted(CODES)


@pytest.mark.parametrize("code", BY_CASE)
def test_it_fires_in_the_one_and_not_in_the_other(code: str) -> None:
    fires, silent = ((CASES / name / "plan.txt").read_text("utf-8") for name in BY_CASE[code])

    assert re.search(rf"\b{code}\b", fires)
    assert not re.search(rf"\b{code}\b", silent)


@pytest.mark.parametrize("code", BY_TEST)
def test_where_rows_or_the_disk_decide_a_test_of_its_own_does(code: str) -> None:
    assert code in (ROOT / BY_TEST[code]).read_text("utf-8")
