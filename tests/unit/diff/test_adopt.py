"""The target: what is desired, in the live words where they mean the same, and what is nobody's."""

from __future__ import annotations

import pytest
from hand_schemas import entry, schema

from reconcile.ddl import Keep, compose, renamed_entry
from reconcile.diff.adopt import Adopted, Dropping, Ownership, adopt
from reconcile.diff.candidates import Expressions, doubts
from reconcile.diff.changes import Renames
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Schema
from reconcile.sql.names import name

LIVE = """CREATE TABLE t (
  -- the key
  id INTEGER PRIMARY KEY, -- never reused
  a INT DEFAULT +5 CHECK (a /* why */ > 0),
  /* free text */
  b TEXT,
  -- both
  UNIQUE (a, b) -- together
)"""


def adopted(desired: Schema, actual: Schema, applied: Schema | None = None, *dropped: tuple[str, str]) -> Adopted:
    return adopt(desired, actual, Ownership(applied, Renames(), Dropping(frozenset(dropped)), ("tmp_*",)))


def texts(found: Adopted) -> list[str]:
    return [entry.sql for entry in found.target.entries]


def composed(live: str, desired: str, keep: Keep | None = None) -> str:
    return compose(read_table(entry(desired)), read_table(entry(live)), keep or Keep())


def test_what_means_the_same_keeps_its_live_words() -> None:
    live = schema(LIVE, "CREATE INDEX i ON t (a ASC) -- by a")
    desired = schema(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT DEFAULT (+5) CHECK (a>0), b TEXT, UNIQUE (a, b))",
        "CREATE INDEX i ON t (a)",
    )

    assert texts(adopted(desired, live)) == [each.sql for each in live.entries]


def test_what_nobody_declares_is_kept_and_told() -> None:
    live = schema("CREATE TABLE t (a, x INT, CHECK (x > 0))", "CREATE TABLE u (a)", "CREATE INDEX i ON t (a)")
    found = adopted(schema("CREATE TABLE t (a TEXT)"), live)

    assert ["CREATE TABLE t (a TEXT, x INT, CHECK (x > 0))", "CREATE TABLE u (a)", "CREATE INDEX i ON t (a)"] == texts(
        found
    )
    assert ["u", "i"] == [each.name.text for each in found.entries]
    assert [("t", "x")] == [(table.text, column.name.text) for table, column in found.columns]
    assert 1 == len(found.constraints)


def test_what_we_applied_before_goes() -> None:
    live = schema("CREATE TABLE t (a, x)", "CREATE TABLE u (a)", "CREATE INDEX i ON u (a)")

    assert ["CREATE TABLE t (a)"] == texts(adopted(schema("CREATE TABLE t (a)"), live, live))


def test_what_is_named_goes_and_what_is_ignored_stays() -> None:
    live = schema("CREATE TABLE t (a, x)", "CREATE TABLE u (a)", "CREATE TABLE TMP_x (a)")
    found = adopted(schema("CREATE TABLE t (a)"), live, live, ("table", "u"), ("column", "t.x"))

    assert ["CREATE TABLE t (a)", "CREATE TABLE TMP_x (a)"] == texts(found)
    assert ["TMP_x"] == [each.name.text for each in found.ignored]


def test_tables_come_before_what_stands_on_them() -> None:
    live = schema("CREATE VIEW w AS SELECT 1", "CREATE TABLE u (a)")
    found = adopted(schema("CREATE VIEW v AS SELECT 1", "CREATE TABLE t (a)"), live)

    assert ["u", "t", "w", "v"] == [each.name.text for each in found.target.entries]


def test_proven_texts_are_adopted() -> None:
    live = schema("CREATE TABLE t (a INT CHECK (a NOTNULL), b)", "CREATE INDEX i ON t (b) WHERE a NOTNULL")
    desired = schema("CREATE TABLE t (a TEXT CHECK (a IS NOT NULL), b)", "CREATE INDEX i ON t (b) WHERE a IS NOT NULL")
    asked = doubts(Pair(live, desired))
    found = adopt(desired, live, Ownership(None, Renames(), Dropping()), frozenset(asked))

    assert (Expressions(name("t"), Pair("a NOTNULL", "a IS NOT NULL")),) == asked
    assert ["CREATE TABLE t (a TEXT CHECK (a NOTNULL), b)", live.entries[1].sql] == texts(found)


def test_nothing_is_asked_where_the_answer_is_known() -> None:
    live = schema("CREATE TABLE t (a CHECK (+a > 1))", "CREATE INDEX i ON t (a)", "CREATE VIEW v AS SELECT a FROM t")
    desired = schema(
        "CREATE TABLE t (a CHECK (a > 1))", "CREATE INDEX i ON t (a DESC)", "CREATE VIEW v AS SELECT +a FROM t"
    )

    assert () == doubts(Pair(live, live))
    assert () == doubts(Pair(live, desired))


def test_a_new_column_leaves_every_comment_in_its_place() -> None:
    desired = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT DEFAULT +5 CHECK (a > 0), b TEXT, c, UNIQUE (a, b))"

    assert LIVE.replace("  b TEXT,\n", "  b TEXT,\n  c,\n") == composed(LIVE, desired)


def test_a_changed_column_keeps_the_comments_around_it() -> None:
    desired = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT DEFAULT +5 CHECK (a > 0), b BLOB, UNIQUE (a, b))"

    assert "  /* free text */\n  b BLOB,\n  -- both\n  UNIQUE (a, b) -- together\n)" in composed(LIVE, desired)


def test_a_dropped_column_takes_its_comments_along() -> None:
    desired = "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT)"
    found = composed(LIVE, desired)

    assert "-- never reused" in found
    assert "why" not in found
    assert "both" not in found


@pytest.mark.parametrize(
    ("live", "desired", "expected"),
    [
        ("CREATE TABLE t (a)", "CREATE TABLE T (a, b)", "CREATE TABLE T (a, b)"),
        ('CREATE TABLE "t"(a)', "CREATE TABLE t (a, b)", 'CREATE TABLE "t" (a, b)'),
        ("CREATE TABLE t (a)", "CREATE TABLE t (A)", "CREATE TABLE t (A)"),
        (
            "CREATE TABLE t (a INT) strict",
            "CREATE TABLE t (a INT, b INT) STRICT",
            "CREATE TABLE t (a INT, b INT) strict",
        ),
        ("CREATE TABLE t (a INT) STRICT", "CREATE TABLE t (a INT)", "CREATE TABLE t (a INT)"),
        (
            "CREATE TABLE t (a,\n /* p */ PRIMARY KEY (a))",
            "CREATE TABLE t (a, b, PRIMARY KEY (a))",
            "CREATE TABLE t (\n  a,\n  b,\n  /* p */\n  PRIMARY KEY (a)\n)",
        ),
        (
            "CREATE TABLE t (a, CHECK (a>0) CHECK (a<9))",
            "CREATE TABLE t (a, b, CHECK (a < 9), CHECK (a > 0))",
            "CREATE TABLE t (a, b, CHECK (a<9), CHECK (a>0))",
        ),
    ],
)
def test_composing(live: str, desired: str, expected: str) -> None:
    found = composed(live, desired)

    assert expected.replace("\n", "").replace(" ", "") == found.replace("\n", "").replace(" ", "")
    assert read_table(entry(found)) == read_table(entry(desired))


def test_a_composed_text_means_what_is_desired_whatever_the_comments() -> None:
    live = "CREATE TABLE t (a -- one\n, b -- two\n, -- three\nc /* four */, CHECK (a) -- five\n)"
    for desired in ("(a, c)", "(c, a INT)", "(a, b, c, d)", "(b, CHECK (b))", "(c)"):
        text = composed(live, f"CREATE TABLE t {desired}")
        assert read_table(entry(text)) == read_table(entry(f"CREATE TABLE t {desired}"))


def test_an_object_under_another_name_keeps_its_text() -> None:
    assert 'CREATE INDEX "a b" ON t (i)' == renamed_entry(entry("CREATE INDEX i ON t (i)"), name("a b"))
