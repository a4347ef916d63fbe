"""Each kind of difference is one kind of edit, and what means the same is none."""

from __future__ import annotations

import pytest
from hand_schemas import schema

from reconcile.diff.changes import Alter, Create, Drop, Replace
from reconcile.diff.compare import compare, described
from reconcile.model.hints import ColumnHints, Hints, TableHints
from reconcile.model.schema import Schema


def edits(old: str, new: str) -> list[str]:
    found = compare(schema(f"CREATE TABLE t {old}"), schema(f"CREATE TABLE t {new}"), Hints())
    assert found.unread == ()
    return [type(edit).__name__ for change in found.changes if isinstance(change, Alter) for edit in change.edits]


def kinds(old: Schema, new: Schema) -> list[tuple[str, str]]:
    out = []
    for change in compare(old, new, Hints()).changes:
        match change:
            case Create(entry) | Drop(entry):
                out.append((type(change).__name__, entry.name.text))
            case Replace(entries) | Alter(entries):
                out.append((type(change).__name__, entries.new.name.text))
    return out


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("(a)", "(a, b)", ["AddColumn"]),
        ("(a, b)", "(a)", ["DropColumn"]),
        ("(a INT)", "(a TEXT)", ["RetypeColumn"]),
        ("(a)", "(a NOT NULL)", ["ChangeNotNull"]),
        ("(a NOT NULL)", "(a NOT NULL ON CONFLICT FAIL)", ["ChangeNotNull"]),
        ("(a)", "(a DEFAULT 1)", ["ChangeDefault"]),
        ("(a DEFAULT x)", "(a DEFAULT X)", ["ChangeDefault"]),
        ("(a)", "(a COLLATE NOCASE)", ["ChangeCollation"]),
        ("(a AS (1))", "(a AS (2))", ["ChangeGenerated"]),
        ("(a AS (1))", "(a)", ["ChangeGenerated"]),
        ("(a NOT NULL)", "(a CONSTRAINT n NOT NULL)", ["RelabelColumn"]),
        ("(a)", "(a PRIMARY KEY)", ["ChangePrimaryKey"]),
        ("(a)", "(a UNIQUE)", ["AddConstraint"]),
        ("(a CHECK (a))", "(a)", ["DropConstraint"]),
        ("(a UNIQUE)", "(a UNIQUE ON CONFLICT FAIL)", ["ChangeConstraint"]),
        ("(a CONSTRAINT n CHECK (a))", "(a CONSTRAINT n CHECK (a > 1))", ["ChangeConstraint"]),
        ("(a CHECK (a))", "(a CHECK (a > 1))", ["AddConstraint", "DropConstraint"]),
        ("(a REFERENCES p)", "(a REFERENCES p ON DELETE CASCADE)", ["ChangeConstraint"]),
        ("(a REFERENCES p)", "(a REFERENCES q)", ["AddConstraint", "DropConstraint"]),
        ("(a INT)", "(a INT) STRICT", ["ChangeStrict"]),
        ("(a NOT NULL PRIMARY KEY)", "(a NOT NULL PRIMARY KEY) WITHOUT ROWID", ["ChangeWithoutRowid"]),
        ("(a, b)", "(b, a)", ["ReorderColumns"]),
        ("(a, b)", "(a, c, b)", ["AddColumn", "ReorderColumns"]),
        ("(a, b)", "(b, c)", ["AddColumn", "DropColumn"]),
        ("(a, UNIQUE (a), CHECK (a))", "(a, CHECK (a), UNIQUE (a))", []),
        ("(a UNIQUE UNIQUE)", "(a UNIQUE)", ["DropConstraint"]),
        ("(a INT)", "([A] int /* x */)", []),
    ],
)
def test_edits_of_a_table(old: str, new: str, expected: list[str]) -> None:
    assert expected == edits(old, new)


def test_objects_come_in_the_order_of_the_target_and_drops_last() -> None:
    old = schema("CREATE TABLE a (x)", "CREATE TABLE b (x)", "CREATE INDEX i ON b (x)")
    new = schema("CREATE TABLE c (x)", "CREATE TABLE b (x, y)", "CREATE INDEX i ON b (x DESC)")

    assert [("Create", "c"), ("Alter", "b"), ("Replace", "i"), ("Drop", "a")] == kinds(old, new)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("CREATE INDEX i ON t (a)", 'CREATE INDEX i ON "t" ("A" ASC)', False),
        ("CREATE INDEX i ON t (a)", "CREATE INDEX I ON t (a)", True),
        ("CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a)", True),
        ("CREATE VIEW v AS SELECT a AS X FROM t", "CREATE VIEW v AS SELECT a AS x FROM t", True),
        ("CREATE VIEW v AS SELECT a FROM t", "CREATE VIEW v AS SELECT a\nFROM t -- all", False),
        (
            "CREATE TRIGGER r INSERT ON t BEGIN SELECT 1; END",
            "CREATE TRIGGER r BEFORE INSERT ON T BEGIN select 1; END",
            False,
        ),
        ("CREATE VIRTUAL TABLE f USING fts5(a)", "CREATE VIRTUAL TABLE f USING fts5(A)", True),
    ],
)
def test_other_objects_are_replaced_where_their_tokens_say_so(old: str, new: str, *, changed: bool) -> None:
    assert changed == bool(kinds(schema("CREATE TABLE t (a)", old), schema("CREATE TABLE t (a)", new)))


def test_hints_travel_with_their_edits() -> None:
    hints = Hints({"t": TableHints(None, {"a": ColumnHints(using="a + 1", undo="a - 1")})})
    (change,) = compare(schema("CREATE TABLE t (a INT)"), schema("CREATE TABLE t (a TEXT)"), hints).changes

    assert isinstance(change, Alter)
    assert ("a + 1", "a - 1") == (change.edits[0].using, change.edits[0].undo)  # type: ignore[union-attr]


def test_only_the_order_of_columns_is_cosmetic() -> None:
    old = schema("CREATE TABLE t (a, b)")

    assert compare(old, schema("CREATE TABLE t (b, a)"), Hints()).is_cosmetic
    assert not compare(old, schema("CREATE TABLE t (b, a INT)"), Hints()).is_cosmetic


def test_what_cannot_be_read_is_named_and_not_guessed() -> None:
    old = schema("CREATE TABLE t (a)")
    broken = old.with_entries([old.entries[0].__class__(*(*astuple(old)[:3], "CREATE TABLE t (a, UNIQUE (b))"))])
    found = compare(broken, schema("CREATE TABLE t (a INT)"), Hints())

    assert () == found.changes
    assert ["t"] == [unread.entry.name.text for unread in found.unread]
    assert "character" in found.unread[0].reason


def astuple(of: Schema) -> tuple[object, ...]:
    entry = of.entries[0]
    return entry.kind, entry.name, entry.table, entry.sql


def test_every_change_can_be_told() -> None:
    old = schema("CREATE TABLE a (x)", "CREATE TABLE b (x)", "CREATE INDEX i ON b (x)")
    new = schema("CREATE TABLE c (x)", "CREATE TABLE b (x, y)", "CREATE INDEX i ON b (x DESC)")
    told = [described(change) for change in compare(old, new, Hints()).changes]

    assert "table c is missing" == told[0]
    assert told[1].startswith("table b (AddColumn)")
    assert told[2].startswith("index i is ")
    assert "table a is too much" == told[3]
