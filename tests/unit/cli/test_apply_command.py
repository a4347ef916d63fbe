"""apply on the command line: what counts as consent, who is asked, and what is said afterwards."""

import json
from pathlib import Path

import pytest
from hand_plans import plan
from test_preview_text import LOST, second_session

from reconcile import api
from reconcile.errors import BlockedError, StaleError

HARMLESS = second_session(hazards=())
LOSING = second_session(hazards=(LOST,))
ALLOWED = second_session(hazards=(LOST,), allowed=frozenset({LOST.consent}))
BLOCKED = second_session()
IN_SYNC = plan((), ())


def applied(program):
    return [options for kind, options in program.calls if kind == "apply"]


@pytest.mark.parametrize(
    ("found", "words", "keys", "code"),
    [
        pytest.param(HARMLESS, ("--yes",), None, 0, id="a yes is enough for what loses nothing"),
        pytest.param(HARMLESS, (), None, 3, id="without a terminal somebody must have said something"),
        pytest.param(HARMLESS, (), "y\n", 0, id="a person says yes"),
        pytest.param(HARMLESS, (), "YES\n", 0, id="or YES"),
        pytest.param(HARMLESS, (), "n\n", 3, id="or no"),
        pytest.param(HARMLESS, (), "\n", 3, id="or nothing"),
        pytest.param(HARMLESS, (), "", 3, id="or leaves"),
        pytest.param(HARMLESS, ("--quiet",), "y\n", 3, id="the quiet are not asked"),
        pytest.param(LOSING, ("--yes",), None, 3, id="a yes is not enough for a loss"),
        pytest.param(LOSING, (), None, 3, id="nor is silence"),
        pytest.param(LOSING, ("--yes",), "y\n", 3, id="a loss is not confirmed by y"),
        pytest.param(LOSING, (), "products.legacy_code\n", 0, id="but by its name"),
        pytest.param(LOSING, (), "products.legacy\n", 3, id="its whole name"),
        pytest.param(ALLOWED, (), None, 0, id="a complete --allow needs no yes"),
        pytest.param(BLOCKED, ("--yes",), "y\n", 3, id="what is blocked is not asked about"),
        pytest.param(IN_SYNC, (), None, 0, id="nothing to do needs no consent"),
    ],
)
def test_consent(program, found, words, keys, code):
    program.plan = found
    status, _, _ = program("apply", "a.db", *words, keys=keys)

    assert code == status
    assert (code == 0) == (len(applied(program)) == 1)


def test_what_a_person_answered_to_is_that_plan_and_no_other(program):
    program.plan = HARMLESS
    program("apply", "a.db", keys="y\n")

    assert applied(program)[0].plan_id == "7c1e-a40b"


def test_a_yes_on_the_command_line_is_for_whatever_harmless_plan_comes(program):
    """Of two that apply at the same time one wins, and the other finds nothing left to do."""
    program.plan = HARMLESS
    program("apply", "a.db", "--yes")

    assert applied(program)[0].plan_id is None


def test_a_plan_by_its_id_is_not_planned_twice(program):
    program.plan = LOSING
    status, out, _ = program("apply", "a.db", "--plan", "7c1e-a40b", "-m", "Less", "--keep", "3", "--wait", "2m")

    assert status == 0
    (options,) = applied(program)
    assert (options.plan_id, options.message, options.keep, options.wait) == ("7c1e-a40b", "Less", 3, 120)
    assert out.splitlines() == [
        "  products   48,210 rows                                               0.4 s",
        "Applied #2 in 1.2 s. Writers waited 0.9 s.     Undo:  reconcile rollback a.db",
    ]


def test_a_stale_plan_is_4(program):
    program.plan, program.raises = LOSING, StaleError("the database changed since the plan", place="a.db")

    assert program("apply", "a.db", "--plan", "7c1e-a40b")[0] == 4


def test_missing_consent_prints_the_lines_to_paste(program):
    program.plan = LOSING
    _, out, err = program("apply", "a.db", "--yes")

    assert "reconcile apply a.db --allow drop-column:products.legacy_code\n" in out
    assert "reconcile apply a.db --plan 7c1e-a40b\n" in out
    assert err == ""


def test_a_harmless_plan_that_nobody_agreed_to_says_how_to(program):
    program.plan = HARMLESS
    _, out, err = program("apply", "a.db")

    assert out.endswith("Apply exactly this:  reconcile apply a.db --plan 7c1e-a40b\n")
    assert "without a terminal apply needs --yes, --plan or a complete --allow" in err


def test_what_the_lock_found_blocked_is_shown(program):
    planned = api.Planned(BLOCKED, api.Source(Path("a.db"), Path("schema.yaml")), 1, "wal", 1, "f" * 64)
    program.plan, program.raises = HARMLESS, None
    program.monkeypatch.setattr(api, "apply", _raising(BlockedError("blocked", plan=planned)))
    status, out, err = program("apply", "a.db", "--plan", "7c1e-a40b")

    assert (status, err) == (3, "")
    assert "BLOCKED duplicates" in out


def _raising(error):
    def apply(*_, **__):
        raise error

    return apply


def test_a_database_that_is_missing_is_created_only_where_that_is_said(program):
    program.plan = HARMLESS
    assert program("apply", "new.db", "--create")[0] == 3
    assert applied(program) == []

    assert program("apply", "new.db", "--create", "--yes")[0] == 0
    assert program("apply", "new.db", "--create", keys="y\n")[0] == 0
    assert [True, True] == [options.create for options in applied(program)]
    assert ("plan") not in [kind for kind, _ in program.calls]


def test_quiet_says_nothing_when_all_is_well(program):
    program.plan, program.notes = HARMLESS, ("something",)

    assert program("apply", "a.db", "--yes", "--quiet") == (0, "", "")


def test_json_is_one_document_whatever_happens(program):
    program.plan = HARMLESS
    status, out, _ = program("apply", "a.db", "--yes", "--json")
    content = json.loads(out)
    assert status == 0
    assert (content["format_version"], content["status"], content["version"]) == (1, "applied", 2)
    assert content["plan"]["plan"]["id"] == "7c1e-a40b"

    status, out, _ = program("apply", "a.db", "--json")
    assert (status, json.loads(out)["status"]) == (3, "pending")

    program.raises = StaleError("changed")
    status, out, err = program("apply", "a.db", "--plan", "x", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (4, "stale")
    assert err.startswith("error: changed")


def test_what_is_recorded_without_a_change_is_said(program):
    program.plan, program.version, program.at = IN_SYNC, 1, None
    assert "(no history).\nRecorded #1: the starting point.\n" in program("apply", "a.db", "--yes")[1]

    program.version, program.at = 3, 2
    assert "(#2).\nRecorded #3: what the schema file manages now.\n" in program("apply", "a.db", "--yes")[1]

    program.version = None
    assert "Recorded" not in program("apply", "a.db")[1]


def test_doing_without_a_backup_is_said_loudly(program):
    program.plan = HARMLESS

    assert "NO BACKUP" in program("apply", "a.db", "--yes", "--no-backup")[2]
    assert [False] == [options.backup for options in applied(program)]


def test_notes_go_to_stderr(program):
    program.plan, program.notes = HARMLESS, ("no backup\nwas taken",)

    assert program("apply", "a.db", "--yes")[2] == "note: no backup\\u{a}was taken\n"
