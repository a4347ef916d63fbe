"""The hostile tests use the command line's ways to run the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "cli"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
from runs import build  # noqa: E402  it lies in another folder of tests, and these are no packages


@pytest.fixture
def den(tmp_path):
    """A folder with store.db, two rows in it, and no schema file yet."""
    folder = tmp_path / "den"
    folder.mkdir()
    build(
        folder / "store.db",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
        "INSERT INTO t VALUES (1, 'x'), (2, 'y')",
    )
    return folder
