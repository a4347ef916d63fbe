"""A sample of the suite on the newest SQLite that there is from PyPI; `make newest` runs all of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
# What differs between versions: the text after a rename, what ALTER refuses, how numbers are written, how deep an
# expression may be, integrity_check's words, bytecode.
CASES = (
    *(
        "rename-column-everywhere",
        "rename-table-everywhere",
        "rename-column-past-a-broken-view",
        "rename-table-case-only",
    ),
    *("drop-column-under-select-star", "carry-without-rowid-false-alarm", "carry-everything-at-once", "wide-table"),
    *(
        "convert-text-to-real",
        "strict-on",
        "not-null-added",
        "checks-added-and-dropped",
        "compare-index-where-rewritten",
    ),
    *("carry-fts5-external-content", "foreign-keys-added-changed-dropped", "reader-every-default"),
)


def newest() -> tuple[int, ...]:
    """Ask a Python with the newer library for its version."""
    code = "import sqlite3; print(sqlite3.sqlite_version)"
    said = subprocess.run([sys.executable, "-c", code], env=HERE, capture_output=True, text=True, check=True).stdout
    return tuple(map(int, said.strip().split(".")))


def test_a_sample_of_the_suite_holds_on_the_newest_sqlite() -> None:
    if newest() <= sqlite3.sqlite_version_info:
        pytest.skip(f"no SQLite newer than {sqlite3.sqlite_version} is installed, or this Python's cannot be replaced")
    environment = {name: value for name, value in HERE.items() if not name.startswith("PYTEST_")}
    cases = " or ".join(f"test_ends_as_it_says and {name}" for name in CASES)
    tests = [
        "tests/corpus/test_cases.py",
        "tests/unit/database/test_equivalence.py",
        "tests/unit/plan/test_conversion.py",
    ]
    asked = ["-p", "no:xdist", "-p", "no:cacheprovider", "-k", f"{cases} or test_equivalence or test_conversion"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *asked, *tests],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr
    assert ran.stdout.count(".") >= 200
