"""main() is the one entry point: it gives an exit code, and raises nothing, whatever is typed."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hand_plans import plan
from test_preview_text import HOSTILE, LOST, second_session

from reconcile import __version__, api, backing_up
from reconcile.cli.commands import COMMANDS
from reconcile.errors import BugError, StaleError

IN_SYNC = plan((), ())


def test_the_version_stands_alone(program):
    told = f"reconcile {__version__} (SQLite {sqlite3.sqlite_version})\n"
    assert program("--version") == (0, told, "")
    assert program("-V") == (0, told, "")
    assert program("--version", "plan")[0] == 64


def test_no_command_is_wrong_usage_and_shows_what_there_is(program):
    status, out, err = program()

    assert (status, err) == (64, "")
    assert all(f"  {name} " in out for name, _, _ in COMMANDS)


def test_the_commands_are_those_that_work():
    named = "inspect plan apply check history rollback backup restore diff schema"

    assert set(named.split()) <= {name for name, _, _ in COMMANDS}


@pytest.mark.parametrize("name", [name for name, _, _ in COMMANDS])
def test_every_command_has_a_page_of_its_own(program, name):
    status, out, err = program(name, "--help")

    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: reconcile {name}")
    assert "Exit codes: 0 " in out
    assert f"Example:    reconcile {name}" in out


@pytest.mark.parametrize(
    "words",
    [
        ("plna",),
        ("plan", "--no-such"),
        ("plan", "a", "b"),
        ("plan", "--format", "xml", "a.db"),
        ("apply", "a.db", "--keep", "0"),
        ("apply", "a.db", "--wait", "soon"),
        ("apply", "a.db", "--quiet", "--json"),
        ("restore", "a.db"),
        ("history", "a.db", "first"),
        ("--bogus",),
        ("plan",),
    ],
)
def test_wrong_usage_is_64_and_never_reads_as_drift(program, words):
    program.plan = IN_SYNC
    status, out, err = program(*words)

    assert (status, out) == (64, "")
    assert err.startswith("error: ")
    assert "help: " in err
    assert program.calls == []


def test_a_hostile_word_on_the_command_line_keeps_to_its_line(program):
    status, _, err = program("plan", f"--{HOSTILE}")

    assert status == 64
    assert "\x1b" not in err
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize(
    ("found", "words", "code"),
    [
        (IN_SYNC, ("plan", "a.db"), 0),
        (IN_SYNC, ("plan", "a.db", "--exit-code"), 0),
        (IN_SYNC, ("check", "a.db"), 0),
        (IN_SYNC, ("diff", "a.db", "b.db"), 0),
        (second_session(hazards=()), ("plan", "a.db"), 0),
        (second_session(hazards=()), ("plan", "a.db", "--exit-code"), 2),
        (second_session(hazards=()), ("check", "a.db"), 2),
        (second_session(hazards=()), ("diff", "a.db", "b.db"), 2),
        (second_session(hazards=(LOST,)), ("plan", "a.db", "--exit-code"), 3),
        (second_session(), ("plan", "a.db", "--exit-code"), 3),
        (second_session(), ("plan", "a.db", "--format", "json"), 3),
        (second_session(), ("check", "a.db"), 2),
    ],
)
def test_the_exit_code_says_where_the_plan_stands(program, found, words, code):
    program.plan = found

    assert code == program(*words)[0]


def test_check_is_one_line(program):
    program.plan = second_session()
    _, out, err = program("check", "my.db", "-s", "other.yaml")

    assert out == (
        "my.db: changes pending, 0 to add, 1 to change, 1 to destroy. 1 blocked, 1 needs consent."
        " Look:  reconcile plan my.db --schema other.yaml\n"
    )
    assert err == ""


def test_options_that_shape_the_plan_reach_it_and_its_last_line(program):
    program.plan = second_session(hazards=())
    _, out, _ = program(
        "plan", "my.db", "--allow", "drop-column:t.a", "--allow", "drop-table:u", "--drop", "index:i", "--column-order"
    )

    source = api.Source(
        Path("my.db"), Path("schema.yaml"), ("drop-column:t.a", "drop-table:u"), ("index:i",), column_order=True
    )
    assert program.calls == [("plan", source)]
    assert out.splitlines()[-1] == (
        "Apply exactly this:  reconcile apply my.db --allow drop-column:t.a --allow drop-table:u --drop index:i"
        " --column-order --plan 7c1e-a40b"
    )


def test_the_database_may_come_from_the_environment_or_from_a_file(program, tmp_path):
    program.plan = IN_SYNC
    (tmp_path / "pyproject.toml").write_text('[tool.reconcile]\ndatabase = "data.db"\n')
    assert program("check")[1].startswith("data.db is in sync")

    program.monkeypatch.setenv("RECONCILE_DATABASE", "other.db")
    assert program("check")[1].startswith("other.db is in sync")


def test_documents_are_json(program):
    program.plan = second_session()

    for words in (("plan", "a.db", "--format", "json"), ("check", "a.db", "--json"), ("apply", "a.db", "--json")):
        content = json.loads(program(*words)[1])
        assert (content["format_version"], content["status"]) == (1, "blocked")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StaleError("x"), 4),
        (BugError("x"), 1),
        (KeyboardInterrupt(), 130),
        (RuntimeError("x"), 1),
        (RecursionError("x"), 1),
        (MemoryError(), 1),
        (SystemExit(3), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_is_raised_becomes_an_exit_code_and_a_message(program, error, code):
    program.raises = error
    status, out, err = program("plan", "a.db")

    assert (status, out) == (code, "")
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_a_database_that_is_mistyped_is_not_created(monkeypatch, tmp_path, capsys):
    from reconcile.cli.app import main  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema.yaml").write_text("version: 1\ntables: {}\n")

    for command in ("plan", "check", "inspect", "history", "backup", "apply"):
        assert main([command, "stroe.db"]) == 66
    assert [tmp_path / "schema.yaml"] == list(tmp_path.iterdir())
    assert "stroe.db" in capsys.readouterr().err


def test_inspect_never_overwrites_a_file(program, tmp_path):
    (tmp_path / "schema.yaml").write_text("mine")
    program.monkeypatch.setattr(api, "inspect", lambda *_, **__: "version: 1")

    assert program("inspect", "a.db", "-o", "schema.yaml")[0] == 64
    assert (tmp_path / "schema.yaml").read_text() == "mine"
    assert program("inspect", "a.db") == (0, "version: 1\n", "")

    status, out, err = program("inspect", "a.db", "-o", "new.yaml")
    assert (status, out, err) == (0, "Wrote new.yaml.\n", "Next:  reconcile plan a.db --schema new.yaml\n")
    assert (tmp_path / "new.yaml").read_text() == "version: 1\n"


VERSIONS = (
    api.Version(1, "Taken over", "2026-01-01 00:00:00", None, None, None, None, "0.1.0", "3.45.0"),
    api.Version(2, HOSTILE, "2026-11-22 10:15:02", "2026-11-23", "7c1e-a40b", "backups/b.db", 1.24, "0.1.0", "3.45.0"),
)


def test_the_history_is_a_table(program):
    program.monkeypatch.setattr(api, "history", lambda *_: VERSIONS)
    status, out, _ = program("history", "a.db")

    assert status == 0
    first, second = out.splitlines()
    assert first.startswith("#1  2026-01-01 00:00:00   ")
    assert first.index("Taken over") == second.index("a\\u{a}")
    assert second.startswith("#2  2026-11-22 10:15:02  1.2 s  backups/b.db  rolled back 2026-11-23  a\\u{a}")


def test_one_version_is_told_in_full(program):
    program.monkeypatch.setattr(api, "history", lambda *_: VERSIONS[:1])

    assert program("history", "a.db", "1")[1].splitlines() == [
        "#1",
        "  description  Taken over",
        "  applied      2026-01-01 00:00:00",
        "  reconcile    0.1.0",
        "  SQLite       3.45.0",
    ]


def test_a_history_may_be_a_document_or_empty(program):
    program.monkeypatch.setattr(api, "history", lambda *_: VERSIONS)
    content = json.loads(program("history", "a.db", "--json")[1])
    assert content["format_version"] == 1
    assert content["versions"][1]["description"] == HOSTILE

    program.monkeypatch.setattr(api, "history", lambda *_: ())
    assert program("history", "a.db")[:2] == (0, "a.db has no history: nothing was applied by reconcile yet.\n")
    assert program("history", "a.db", "9")[0] == 64


def test_backup_and_restore_say_where_things_are(program):
    made = api.Restored(Path("a.db"), Path("b.db"), Path("backups/c.db"), 0.3)
    program.monkeypatch.setattr(backing_up, "backup", lambda *_, **__: Path("backups/b.db"))
    program.monkeypatch.setattr(api, "restore", lambda *_, **__: made)

    assert program("backup", "a.db") == (0, "Backed up a.db to backups/b.db.\n", "")
    assert program("restore", "a.db", "b.db") == (
        0,
        "Restored a.db from b.db in 0.3 s.\nWhat was there is kept.     Undo:  reconcile restore a.db backups/c.db\n",
        "",
    )


def test_the_json_schema_is_printed(program):
    status, out, _ = program("schema", "--json-schema")

    assert status == 0
    assert "tables" in json.loads(out)["properties"]


def test_version_loads_nothing_that_it_does_not_need():
    """Under 100 ms for `reconcile --version`: what would cost that is not even imported."""
    code = "import sys; from reconcile.cli.app import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"typer", "rich", "pydantic", "yaml", "reconcile.api"} & set(done.stdout.split())


def test_a_command_line_is_parsed_without_the_engine_and_without_rich():
    code = "import sys; from reconcile.cli.app import main; main(['plan', '--no-such']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"rich", "yaml", "sqlite3", "reconcile.api"} & set(done.stdout.split())


def test_a_reader_that_leaves_early_is_no_error():
    code = "from reconcile.cli.app import run; import sys; sys.argv = ['reconcile', 'schema']; run()"
    line = f'({sys.executable} -c "{code}"; echo $? >&2) | head -c 1 >/dev/null'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)

    assert done.stderr == "0\n"
