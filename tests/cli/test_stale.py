"""A stale plan says who did what since: somebody else, reconcile itself, or the author of the schema file."""

import json
import re

import pytest
from runs import build, reconcile, untouched

WITH = "version: 1\ntables: {orders: {columns: {id: INTEGER PRIMARY KEY, user: TEXT, n: INTEGER DEFAULT 3}}}\n"


@pytest.fixture
def shop(tmp_path):
    """Make a database under management with a plan of its own saved, and the id of that."""
    build(tmp_path / "a.db", "CREATE TABLE orders (id INTEGER PRIMARY KEY, user TEXT)")
    reconcile("inspect", "a.db", "-o", "schema.yaml", folder=tmp_path)
    assert reconcile("apply", "a.db", "--yes", folder=tmp_path).status == 0
    (tmp_path / "schema.yaml").write_text(WITH, "utf-8")
    assert reconcile("plan", "a.db", "--out", "plan.json", folder=tmp_path).status == 0
    return tmp_path


def told(shop, *words):
    """Apply what is stale, and give what is said about it, moments left out."""
    with untouched(shop):
        ran = reconcile("apply", *words, folder=shop)
    assert ran.status == 4, ran.out + ran.err
    found = re.search(r"error: the plan is \S+ now, not \S+: (.*)", ran.err)[1]
    return re.sub(r"\d\d:\d\d UTC", "10:02 UTC", found)


def both(shop):
    plan = json.loads((shop / "plan.json").read_text())["plan_id"]
    return told(shop, "plan.json"), told(shop, "a.db", "--plan", plan)


def test_what_somebody_else_did_is_told_by_name(shop):
    build(shop / "a.db", "CREATE INDEX tmp_ix ON orders (user)")

    assert both(shop) == (
        "since 10:02 UTC someone added index orders.tmp_ix, not by reconcile",
        "since #1 someone added index orders.tmp_ix, not by reconcile",
    )


def test_a_plan_that_was_applied_is_nobody_elses_doing(shop):
    assert reconcile("apply", "plan.json", folder=shop).status == 0

    assert both(shop) == ("that one was applied already, as #2, at 10:02 UTC",) * 2


def test_what_reconcile_did_since_is_not_laid_at_somebody_elses_door(shop):
    (shop / "schema.yaml").write_text(WITH.replace("n: INTEGER DEFAULT 3", "m: REAL"), "utf-8")
    assert reconcile("apply", "a.db", "--yes", folder=shop).status == 0
    (shop / "schema.yaml").write_text(WITH.replace("n: INTEGER", "m: REAL, n: INTEGER"), "utf-8")

    saved, bare = both(shop)

    assert saved == "since 10:02 UTC #2 went into the history, and the schema file was changed since"
    assert bare == "the schema, the rows, the schema file or the options are not those of that plan"

    build(shop / "a.db", "DROP TABLE orders; CREATE TABLE orders (id INTEGER PRIMARY KEY, m REAL)")

    assert told(shop, "plan.json") == (
        "since 10:02 UTC #2 went into the history, and since #2 someone changed table orders, not by reconcile,"
        " and the schema file was changed since"
    )


def test_another_schema_file_is_told_where_the_plan_remembers_it(shop):
    (shop / "schema.yaml").write_text(WITH.replace("DEFAULT 3", "DEFAULT 4"), "utf-8")

    assert told(shop, "plan.json") == "the schema file was changed since"
