"""Every kind of edit has a phrase, and it says what the reader must know."""

from typing import get_args

import pytest
from hand_plans import schema

from reconcile.diff.changes import Edit
from reconcile.diff.compare import edits_between
from reconcile.model.hints import ColumnHints, Hints, TableHints
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.preview.edits import loosens, phrase

NO_HINTS = Hints()
USING = Hints({"t": TableHints(columns={"b": ColumnHints(using="a +\n  1", undo="b - 1")})})

TOLD = [
    ("a", "a, b INT NOT NULL", NO_HINTS, "+ b: INT NOT NULL"),
    ("a", "a, b", NO_HINTS, "+ b: no type"),
    ("a", "a, b INT", USING, "+ b: INT, existing rows get: a + 1"),
    ("a, b INT", "a", NO_HINTS, "- b: INT"),
    ("a, b VARCHAR(80)", "a, b INT", USING, "~ b: VARCHAR(80) -> INT | a + 1"),
    ("a", "a NOT NULL ON CONFLICT IGNORE", NO_HINTS, "~ a: NULL allowed -> NOT NULL ON CONFLICT IGNORE"),
    ("a NOT NULL", "a", NO_HINTS, "~ a: NOT NULL -> NULL allowed"),
    ("a DEFAULT 1", "a DEFAULT (1 +  2)", NO_HINTS, "~ a: DEFAULT 1 -> DEFAULT (1 + 2)"),
    ("a", "a COLLATE NOCASE", NO_HINTS, "~ a: COLLATE BINARY -> COLLATE NOCASE"),
    ("a, b", "a, b AS (a * 2) STORED", NO_HINTS, "~ b: ordinary -> AS (a * 2) STORED"),
    ("a, b AS (a * 2)", "a, b", USING, "~ b: AS (a * 2) VIRTUAL -> ordinary | existing rows get: a + 1"),
    ("a NOT NULL", "a CONSTRAINT must NOT NULL", NO_HINTS, "~ a: constraint names: none -> NOT NULL must"),
    ("a INT PRIMARY KEY", "a INT, PRIMARY KEY (a DESC)", NO_HINTS, "~ primary key: (a) -> (a DESC)"),
    (
        "a INTEGER",
        "a INTEGER PRIMARY KEY AUTOINCREMENT",
        NO_HINTS,
        "~ primary key: none -> (a) AUTOINCREMENT as the rowid",
    ),
    ("a", "a, CONSTRAINT c CHECK (a >  0)", NO_HINTS, "+ check: c: a > 0"),
    (
        "a",
        "a, UNIQUE (a COLLATE NOCASE DESC) ON CONFLICT REPLACE",
        NO_HINTS,
        "+ unique: (a COLLATE NOCASE DESC) ON CONFLICT REPLACE",
    ),
    (
        "a",
        "a, FOREIGN KEY (a) REFERENCES p (x) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        NO_HINTS,
        "+ foreign key: (a) to p (x) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    ),
    ("a, CHECK (a > 0)", "a", NO_HINTS, "- check: a > 0"),
    ("a UNIQUE", "a UNIQUE ON CONFLICT FAIL", NO_HINTS, "~ unique: (a) -> (a) ON CONFLICT FAIL"),
    ("a INT", "a INT) STRICT --", NO_HINTS, "~ STRICT: off -> on"),
    (
        "a INT PRIMARY KEY NOT NULL",
        "a INT PRIMARY KEY NOT NULL) WITHOUT ROWID --",
        NO_HINTS,
        "~ WITHOUT ROWID: off -> on",
    ),
    ("a, b", "b, a", NO_HINTS, "~ column order: b, a"),
]


def edits(old, new, hints):
    tables = [read_table(schema(f"CREATE TABLE t ({body})".replace("--)", "")).entries[0]) for body in (old, new)]
    return tuple(edits_between(Pair(*tables), hints))


@pytest.mark.parametrize(("old", "new", "hints", "told"), TOLD, ids=[row[3] for row in TOLD])
def test_an_edit_is_told(old, new, hints, told):
    said = []
    for edit in edits(old, new, hints):
        found = phrase(edit)
        said.append(" | ".join([f"{found.symbol} {found.label}: {found.text}", *found.more]))

    assert told in said


def test_every_kind_of_edit_is_told_above():
    told = {type(edit) for old, new, hints, _ in TOLD for edit in edits(old, new, hints)}

    assert set(get_args(Edit)) == told


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("a NOT NULL", "a", True),
        ("a", "a NOT NULL", False),
        ("a, CHECK (a)", "a", True),
        ("a", "a, CHECK (a)", False),
        ("a INT PRIMARY KEY", "a INT", True),
        ("a INT) STRICT --", "a INT", True),
    ],
)
def test_what_is_given_up_is_known(old, new, lost):
    assert {lost} == {loosens(edit) for edit in edits(old, new, NO_HINTS)}
