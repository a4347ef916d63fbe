"""A small store in a folder of its own, as most tests of the command line want it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))
from runs import build  # noqa: E402  it lies beside this file, and folders of tests are no packages

SCHEMA = """\
version: 1
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY
      name: TEXT NOT NULL
      price: INTEGER NOT NULL DEFAULT 0
"""
BEFORE = """
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO products (name) VALUES ('tea'), ('coffee'), ('it''s');
"""


@pytest.fixture
def shop(tmp_path):
    """A folder with store.db and a schema.yaml that wants one column more."""
    folder = tmp_path / "shop"
    folder.mkdir()
    build(folder / "store.db", BEFORE)
    (folder / "schema.yaml").write_text(SCHEMA, "utf-8")
    return folder
