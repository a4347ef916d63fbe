"""The JSON document of a plan: its fields are a promise, and no value of a row is in it."""

import json

from hand_plans import How, Parts, heading, plan
from test_preview_text import DUPLICATES, HOSTILE, LOST, second_session

from reconcile.diff.changes import ColumnRename, Refusal, Renames, RetypeColumn
from reconcile.model.facts import Answer
from reconcile.model.hints import ColumnHints, Hints, TableHints
from reconcile.model.pair import Pair
from reconcile.plan.steps import Hazard, Method, Prove, Run, Severity, Step
from reconcile.preview.json import document, text
from reconcile.sql.names import name


def test_the_document_has_the_fields_that_it_promises():
    content = document(heading(), second_session())

    assert content["format_version"] == 1
    assert sorted(content) == sorted(
        "format_version status database schema plan summary renames changes hazards refusals unread unmanaged steps"
        " notes existing_faults".split()
    )
    assert all(field in document.__doc__ for field in content)
    assert {"path": "store.db", "size": 38_200_000, "journal_mode": "wal", "at": 1} == content["database"]
    assert {"id": None, "apply": None, "engine": "3.45.0"} == content["plan"]
    assert {"add": 0, "change": 1, "destroy": 1, "rebuilds": 1} == content["summary"]


def test_a_change_lists_its_edits():
    columns = {"a": ColumnHints(using="a + 1", undo="a - 1")}
    parts = Parts(
        how={"t": How(Method.REBUILD, 5, RetypeColumn)},
        hints=Hints({"t": TableHints(columns=columns)}),
        renames=Renames((Pair(name("s"), name("t")),), (ColumnRename(name("t"), Pair(name("x"), name("a"))),)),
        steps=(Step("rebuild t", "t", (Run("SELECT 1"), Prove("all is there", "SELECT 2"))),),
    )
    content = document(heading(), plan(("CREATE TABLE t (a INT)",), ("CREATE TABLE t (a TEXT, b)",), parts))

    (change,) = content["changes"]
    assert ("alter", "table", "t", "rebuild", 5) == tuple(change[key] for key in "kind type object method rows".split())
    assert {
        "kind": "retype-column",
        "object": "a",
        "says": "INT -> TEXT",
        "forces_rebuild": True,
        "using": "a + 1",
        "undo": "a - 1",
    } == change["edits"][0]
    assert change["edits"][1]["kind"] == "add-column"
    assert content["renames"] == {
        "tables": [{"old": "s", "new": "t"}],
        "columns": [{"table": "t", "old": "x", "new": "a"}],
    }
    assert [
        {"kind": "run", "sql": "SELECT 1"},
        {"kind": "prove", "sql": "SELECT 2", "claim": "all is there"},
    ] == content["steps"][0]["actions"]
    assert content["plan"]["apply"] == "reconcile apply store.db --plan 7c1e-a40b"


def test_a_status_says_where_a_plan_stands():
    nothing = plan((), ())
    allowed = frozenset({LOST.consent})

    assert document(heading(), nothing)["status"] == "in-sync"
    assert document(heading(), second_session())["status"] == "blocked"
    assert document(heading(), second_session(hazards=(LOST,)))["status"] == "needs-consent"
    assert document(heading(), second_session(hazards=(LOST,), allowed=allowed))["status"] == "pending"


def test_a_hazard_gives_the_line_that_consents_only_where_it_is_missing():
    asked = document(heading(), second_session())["hazards"]
    given = document(heading(), second_session(allowed=frozenset({LOST.consent})))["hazards"]

    assert [None, "reconcile apply store.db --allow drop-column:products.legacy_code"] == [h["allow"] for h in asked]
    assert [False, True] == [h["consented"] for h in given]
    assert [3, 1204] == [h["count"] for h in asked]


def test_keys_of_rows_are_not_in_the_document():
    secret = Hazard("orphans", Severity.BLOCKED, "products", "1 row", Answer(1, ("hunter2",)))
    written = text(document(heading(), second_session(hazards=(DUPLICATES, secret))))

    assert "hunter2" not in written
    assert "415" not in written


def test_a_hostile_name_is_escaped_and_comes_back_whole():
    refusal = Refusal("likely-rename", HOSTILE, HOSTILE)
    written = text(document(heading(), plan((), (), Parts(refusals=(refusal,)))))

    assert written.isascii()
    assert "\x1b" not in written
    assert json.loads(written)["refusals"][0]["object"] == HOSTILE
