"""ALTER's own NOT NULL and CHECK: used only where it leaves exactly what is wanted, as measured on SQLite 3.53.4."""

from __future__ import annotations

import pytest

from reconcile.diff.changes import Alter
from reconcile.diff.compare import edits_between
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind
from reconcile.plan.native import runs
from reconcile.sql.names import name


def alters(old: str, new: str, *, is_empty: bool = False) -> list[str] | None:
    """Give what follows ``ALTER TABLE t`` on the way from one body of t to the other; None for a catalog edit."""
    entries = Pair(*(Entry(ObjectKind.TABLE, name("t"), name("t"), f"CREATE TABLE t ({body})") for body in (old, new)))
    tables = Pair(read_table(entries.old), read_table(entries.new))
    found = runs(Alter(entries, tables, tuple(edits_between(tables, Hints()))), 7, is_empty=is_empty)
    return (
        None
        if found is None
        else [run.sql.removeprefix("ALTER TABLE t ").removeprefix('ALTER TABLE "t" ') for run in found]
    )


@pytest.mark.parametrize(
    ("old", "new", "statements"),
    [
        ("a INT", "a INT NOT NULL", ['ALTER COLUMN "a" SET NOT NULL']),
        ("a INT, b", "a INT NOT NULL ON CONFLICT REPLACE, b", ['ALTER COLUMN "a" SET NOT NULL ON CONFLICT REPLACE']),
        ("a INT /* kept */", "a INT NOT NULL", ['ALTER COLUMN "a" SET NOT NULL']),
        ("a INT NOT NULL ON CONFLICT FAIL", "a INT", ['ALTER COLUMN "a" DROP NOT NULL']),
        ("a NOT NULL", "a NOT NULL, CHECK (a > 1 AND a IN (2, 3))", ["ADD CHECK (a > 1 AND a IN (2, 3))"]),
        ("a INTEGER PRIMARY KEY", "a INTEGER PRIMARY KEY, CHECK (a > 1)", ["ADD CHECK (a > 1)"]),
        ("a", "a NOT NULL, CHECK (a <> 'x')", ['ALTER COLUMN "a" SET NOT NULL', "ADD CHECK (a <> 'x')"]),
        ("a, CONSTRAINT k CHECK (a > 1)", "a", ['DROP CONSTRAINT "k"']),
        ("a CONSTRAINT k CHECK (a > 1)", "a", ['DROP CONSTRAINT "k"']),
        (
            "a NOT NULL, CONSTRAINT k CHECK (a > 1)",
            "a NOT NULL, CONSTRAINT k CHECK (a > 2)",
            ['DROP CONSTRAINT "k"', "ADD CONSTRAINT k CHECK (a > 2)"],
        ),
    ],
)
def test_alter_makes(old: str, new: str, statements: list[str]) -> None:
    assert statements == alters(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a, b", "a, b, CHECK (a > 1)"),  # may be NULL
        ("a NOT NULL", "a NOT NULL, CHECK (a > NULL)"),
        ("a NOT NULL", "a NOT NULL, CHECK (12 / a > 1)"),
        ("a NOT NULL", "a NOT NULL, CHECK (a - a < 1)"),  # Inf - Inf
        ("a NOT NULL", "a NOT NULL, CHECK (nullif(a, 1) > 1)"),
        ("a NOT NULL", "a NOT NULL CHECK (a > 1)"),  # written on its column
        (
            "a NOT NULL UNIQUE, b CONSTRAINT k DEFAULT 5",
            "a NOT NULL UNIQUE, b CONSTRAINT k DEFAULT 5, CONSTRAINT k CHECK (a > 1)",
        ),
        ("a, CHECK (a > 1)", "a"),  # has no name
        ("a CONSTRAINT k UNIQUE, CONSTRAINT k CHECK (a > 1)", "a CONSTRAINT k UNIQUE"),
        ("a, CONSTRAINT k CHECK (a > 1) -- why\n", "a"),
        ("a NOT NULL /* why */", "a"),
        ("a NOT NULL NOT NULL", "a"),
        ("a NOT NULL ON CONFLICT FAIL", "a NOT NULL"),
        ("a CONSTRAINT lone", "a NOT NULL"),
        ("a", "a CONSTRAINT k NOT NULL"),
        ("a, CONSTRAINT k CHECK (a > 1)", "a, CONSTRAINT m CHECK (a > 1)"),  # no scan in the catalog
        ("a INT, b", "a INT NOT NULL, b DEFAULT 5"),  # taken along
        ("a INT, b", "a INT NOT NULL, b REFERENCES t"),
        ("a INT, b", "a INT NOT NULL, b VARCHAR(5) UNIQUE"),
    ],
)
def test_alter_would_make_something_else(old: str, new: str) -> None:
    assert alters(old, new) is None


def test_without_rows_no_check_is_null() -> None:
    assert alters("a", "a, CHECK (a > 1)", is_empty=True) == ["ADD CHECK (a > 1)"]
