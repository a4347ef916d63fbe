"""Taking spent hints out changes nothing else: not a comment, not a space, not a quote."""

import pytest

from reconcile.desired.edit import prune
from reconcile.desired.load import load

BEFORE = """\
# our store
version: 1
tables:
  products:   # things we sell
    # was: goods
    renamed_from: goods   # in May
    columns:
      id: INTEGER PRIMARY KEY   # never reused
      name:
        sql: TEXT NOT NULL   # as printed
        renamed_from: [title, label]
      price:
        renamed_from:
          - cost
          - mrp
        # in cents
        sql: INTEGER NOT NULL
      size: {sql: "TEXT DEFAULT 'S, M'", renamed_from: extent}   # S or M
      weight: {renamed_from: mass, sql: REAL, doc: in kg}
      depth: {sql: REAL, doc: in m, renamed_from: [deep]}
      width: {
        sql: REAL,   # in m
        renamed_from: wide
      }
      height:

        renamed_from: high

        sql: 'REAL'

  search:
    renamed_from: find
    sql: CREATE VIRTUAL TABLE search USING fts5(a)
views:
  cheap: {renamed_from: low, sql: SELECT 1}
  dear:
    sql: |
      SELECT 2
    renamed_from: high
"""

AFTER = """\
# our store
version: 1
tables:
  products:   # things we sell
    # was: goods
    columns:
      id: INTEGER PRIMARY KEY   # never reused
      name: TEXT NOT NULL   # as printed
      price:
        # in cents
        sql: INTEGER NOT NULL
      size: "TEXT DEFAULT 'S, M'"   # S or M
      weight: {sql: REAL, doc: in kg}
      depth: {sql: REAL, doc: in m}
      width: {
        sql: REAL,   # in m
      }
      height: 'REAL'

  search:
    sql: CREATE VIRTUAL TABLE search USING fts5(a)
views:
  cheap: SELECT 1
  dear:
    sql: |
      SELECT 2
"""
COLUMNS = ("name", "price", "size", "weight", "depth", "width", "height")
SPENT = [
    ("tables", "products", "renamed_from"),
    *(("tables", "products", "columns", column, "renamed_from") for column in COLUMNS),
    ("tables", "search", "renamed_from"),
    ("views", "cheap", "renamed_from"),
    ("views", "dear", "renamed_from"),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_hints_go_and_all_else_stays(end: str) -> None:
    loaded = load(BEFORE.replace("\n", end), "schema.yaml")

    assert prune(loaded, SPENT) == AFTER.replace("\n", end)


@pytest.mark.parametrize("path", SPENT)
def test_one_hint_goes_alone(path: tuple[str, ...]) -> None:
    text = prune(load(BEFORE, "schema.yaml"), [path])

    assert text.count("renamed_from") == BEFORE.count("renamed_from") - 1


def test_nothing_spent_changes_nothing() -> None:
    assert prune(load(BEFORE, "schema.yaml"), []) == BEFORE


def test_the_last_line_may_have_no_end() -> None:
    text = "version: 1\ntables:\n  t:\n    columns: {a: {renamed_from: b, sql: INT}}\n    renamed_from: s"
    spent = [("tables", "t", "renamed_from"), ("tables", "t", "columns", "a", "renamed_from")]

    assert prune(load(text, ""), spent) == "version: 1\ntables:\n  t:\n    columns: {a: INT}\n"


def test_a_hint_that_is_not_there_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        prune(load(BEFORE, "schema.yaml"), [("tables", "products", "columns", "id", "renamed_from")])
