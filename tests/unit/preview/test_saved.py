"""A saved plan: an id and text for eyes, and enough to say what others did since."""

import json

import pytest
from hand_plans import heading, schema
from test_preview_text import second_session

from reconcile.errors import UsageError
from reconcile.preview.saved import Making, changed_since, document, read, written

MAKING = Making("../store.db", "schema.yaml", ("--column-order",), "2026-11-22 10:02:00", "0.1.0")
BEFORE = (
    "CREATE TABLE orders (a)",
    "CREATE TABLE old (a)",
    "CREATE INDEX ix ON orders (a)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE TRIGGER g AFTER INSERT ON orders BEGIN SELECT 1; END",
)


def saved(*statements):
    content = document(heading(), second_session(), MAKING)
    return {**content, "live": [_row(entry) for entry in schema(*statements).entries]}


def _row(entry):
    import hashlib  # noqa: PLC0415

    return [entry.kind.value, entry.name.text, entry.table.text, hashlib.sha256(entry.sql.encode()).hexdigest()]


def test_a_saved_plan_comes_back_as_it_was():
    content = document(heading(), second_session(hazards=()), MAKING)
    again, found = read(written(content), "plan.json")

    assert again == json.loads(json.dumps(content))
    assert ("7c1e-a40b", "../store.db", "schema.yaml") == (found.plan_id, found.database, found.schema)
    assert (("--column-order",), "2026-11-22 10:02:00") == (found.options, found.created_at)


def test_no_key_of_a_row_is_saved():
    assert "17, 412" not in written(document(heading(), second_session(), MAKING))


def test_nothing_has_changed_in_the_schema_that_was_saved():
    assert changed_since(saved(*BEFORE), schema(*BEFORE)) == ()
    assert changed_since(saved(*BEFORE), schema(*reversed(BEFORE))) == ()


def test_what_others_did_is_told_by_name():
    now = (
        "CREATE TABLE orders (a, b)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE INDEX tmp_ix ON orders (a)",
        "CREATE TRIGGER v AFTER INSERT ON orders BEGIN SELECT 1; END",
    )

    assert changed_since(saved(*BEFORE), schema(*now)) == (
        "someone changed table orders",
        "someone added index orders.tmp_ix",
        "someone added trigger orders.v",
        "someone dropped table old",
        "someone dropped index orders.ix",
        "someone dropped trigger orders.g",
    )


@pytest.mark.parametrize("live", [None, 1, [], [1], [["table"]], [[1, 2, 3, 4]], {"a": 1}])
def test_a_list_that_somebody_broke_is_no_crash(live):
    found = changed_since({**saved(), "live": live}, schema("CREATE TABLE t (a)"))

    assert found == ("someone added table t",)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "no saved plan"),
        ("[]", "no saved plan"),
        ("{}", "no saved plan"),
        ('{"kind": "reconcile plan", "format_version": 2}', "format_version 2"),
        ('{"kind": "reconcile plan", "format_version": 1}', "damaged"),
    ],
)
def test_anything_else_is_refused(source, says):
    with pytest.raises(UsageError, match=says):
        read(source, "plan.json")
