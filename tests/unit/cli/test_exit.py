"""Each error has its exit code and says what happened, where, in what state the data is, and what to do."""

import io
import sqlite3
import sys
from contextlib import closing

import pytest

from reconcile import errors
from reconcile.cli import exit as ending
from reconcile.cli.out import Out
from reconcile.errors import DataState, Problem, ReconcileError, SchemaFileError

CODES = [
    (errors.UsageError("x"), 64),
    (SchemaFileError((Problem("x", "f", 1, 1, ""),)), 65),
    (errors.DatabaseFileError("x"), 66),
    (errors.DamagedError("x"), 7),
    (errors.BusyError("x"), 5),
    (errors.BlockedError("x"), 3),
    (errors.StaleError("x"), 4),
    (errors.VerificationError("x"), 6),
    (errors.FailedError("x"), 1),
    (errors.InterruptedByUserError("x"), 130),
    (errors.BugError("x"), 1),
    (ReconcileError("x"), 1),
    (KeyboardInterrupt(), 130),
    (OSError(28, "No space left on device"), 1),
    (sqlite3.OperationalError("x"), 1),
    (KeyError("x"), 1),
]


@pytest.mark.parametrize(("error", "code"), CODES, ids=[type(error).__name__ for error, _ in CODES])
def test_an_error_has_its_exit_code(error, code):
    assert code == ending.exit_code(error)


def test_every_error_of_the_tree_is_listed_above():
    tree = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ReconcileError)}

    assert tree == {type(error) for error, _ in CODES if isinstance(error, ReconcileError)}


def test_the_codes_are_those_of_the_product_page():
    told = {line.split()[0] for line in ending.__doc__.splitlines() if line[:1].isdigit()}

    assert {str(code) for _, code in CODES} | {"0", "2"} == told


@pytest.fixture
def told(monkeypatch):
    def tell(error, environ=None):
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        ending.report(error, Out(environ or {}))
        return sys.stderr.getvalue()

    return tell


def test_a_message_says_what_where_the_state_and_what_to_do(told):
    error = errors.BusyError("locked for 30 s", place="store.db", hint="wait longer", data=DataState.ROLLED_BACK)

    assert told(error) == (
        "error: store.db: locked for 30 s\n"
        "  Everything was rolled back; the database is as it was before.\n"
        "  help: wait longer\n"
    )


def test_a_hostile_message_keeps_to_its_line(told):
    error = errors.DatabaseFileError("no\nsuch\x1b[2Jfile", place="a\nb", hint="x\ny")

    assert told(error) == ("error: a\\u{a}b: no\\u{a}such\\u{1b}[2Jfile\n  Nothing was changed.\n  help: x\\u{a}y\n")


def test_every_problem_of_a_file_is_shown_with_its_place(told):
    problems = (
        Problem("unknown key 'colums'", "schema.yaml", 4, 5, "    colums:", "did you mean 'columns'?"),
        Problem("too wide", "schema.yaml", 9, 4, "商品\tx: y"),
    )

    assert told(SchemaFileError(problems)) == (
        "schema.yaml:4:5: unknown key 'colums'\n"
        "        colums:\n"
        "        ^\n"
        "  help: did you mean 'columns'?\n"
        "\n"
        "schema.yaml:9:4: too wide\n"
        "    商品    x: y\n"
        "            ^\n"
        "\n"
        "2 problems in schema.yaml. Nothing was changed.\n"
    )


def test_a_long_line_is_cut_around_its_caret(told):
    error = SchemaFileError((Problem("x", "f.yaml", 1, 501, "a" * 500 + "B" + "c" * 500),))
    _, source, caret, *_ = told(error).splitlines()

    assert source.startswith("    …a")
    assert source.endswith("c…")
    assert len(source) < 130
    assert source[caret.index("^")] == "B"


def test_a_hostile_line_of_a_file_cannot_move_its_caret(told):
    error = SchemaFileError((Problem("x", "f.yaml", 1, 3, "\x1b\u202eB"),))
    _, source, caret, *_ = told(error).splitlines()

    assert source == "    \\u{1b}\\u{202e}B"
    assert source[caret.index("^")] == "B"


def test_an_error_that_nobody_expected_is_called_a_bug(told):
    try:
        {}["x"]
    except KeyError as error:
        quiet, loud = told(error), told(error, {"RECONCILE_DEBUG": "1"})

    assert "this is a bug in reconcile" in quiet
    assert "report" in quiet
    assert "Traceback" not in quiet
    assert "Traceback" in loud
    assert 'File "' in loud


def test_an_error_of_sqlite_that_leaks_is_told_in_words(told):
    with closing(sqlite3.connect(":memory:")) as database, pytest.raises(sqlite3.Error) as caught:
        database.execute("SELECT gone")
    said = told(caught.value)

    assert "SQLite failed: no such column: gone (SQLITE_ERROR)" in said
    assert "bug" not in said


def test_a_failure_of_the_system_is_told_in_words(told):
    assert told(PermissionError(13, "Permission denied", "store\n.db")).startswith(
        "error: store\\u{a}.db: Permission denied\n"
    )


def test_an_error_as_a_document():
    error = errors.StaleError("changed", place="store.db", hint="plan again", data=DataState.UNTOUCHED)

    assert ending.as_document(error) == {
        "format_version": 1,
        "status": "error",
        "exit_code": 4,
        "error": {
            "code": "stale",
            "message": "changed",
            "place": "store.db",
            "hint": "plan again",
            "data": "untouched",
        },
    }
