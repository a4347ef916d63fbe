"""Every promise names the test that holds it, and the test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [page for page in (ROOT / "SECURITY.md", ROOT / "docs" / "guarantees.md") if page.exists()]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_promise_names_is_there(page):
    named = NAMED.findall(page.read_text("utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or (name and f"def {name}(" not in (ROOT / file).read_text("utf-8"))
    ]

    assert [] == missing
    assert len(named) > 5


def test_every_threat_has_a_guard_and_a_test():
    rows = [line.split("|")[1:-1] for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines() if "| " in line]
    threats = [row for row in rows if len(row) == 3 and row[0].strip() not in ("threat", "---")]

    assert [] == [threat for threat, guard, test in threats if not guard.strip() or not NAMED.search(test)]
    assert len(threats) > 5
