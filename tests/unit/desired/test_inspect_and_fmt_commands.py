"""inspect --merge and fmt, as they are used: what is written, what is said, and what is refused."""

import io
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.cli.app import main


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for variable in ("RECONCILE_DATABASE", "CI", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)

    def run(*words):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        return main([str(word) for word in words]), out.getvalue(), err.getvalue()

    return run


def database(script, file="store.db"):
    with closing(sqlite3.connect(file)) as db:
        db.executescript(script)


def schema(text, file="schema.yaml"):
    Path(file).write_text(text, "utf-8")


STORE = "CREATE TABLE users (id INTEGER PRIMARY KEY, old INT); CREATE INDEX by_old ON users (old)"
USERS = (
    "version: 1   # ours\ntables:\n    users:\n        columns:\n            id: INTEGER PRIMARY KEY   # never again\n"
)
MERGED = f"{USERS}            old: INT\n        indexes:\n            by_old: (old)\n"


def test_what_is_nobodys_is_taken_into_the_file_and_the_plan_is_empty(run):
    database(STORE)
    schema(USERS)

    assert run("inspect", "store.db", "--merge", "-o", "schema.yaml") == (
        0,
        "Wrote schema.yaml.\n",
        "  + column users.old\n  + index by_old\nNext:  reconcile plan store.db\n",
    )
    assert MERGED == Path("schema.yaml").read_text("utf-8")
    assert "unmanaged" not in run("plan", "store.db")[1]
    assert (0, MERGED, "Nothing to add.\n") == run("inspect", "store.db", "--merge")


def test_without_a_file_to_write_the_new_text_is_printed_and_nothing_changes(run):
    database(STORE)
    schema(USERS, "other.yaml")

    status, out, _ = run("inspect", "store.db", "--merge", "--schema", "other.yaml")

    assert (0, MERGED) == (status, out)
    assert USERS == Path("other.yaml").read_text("utf-8")
    assert 0 == run("inspect", "store.db", "--merge", "-s", "other.yaml", "-o", "new.yaml")[0]
    assert MERGED == Path("new.yaml").read_text("utf-8")


@pytest.mark.parametrize("taken", ["", "; CREATE TABLE schema_history (a)"])
def test_an_application_s_own_schema_version_is_a_table_like_any_other(run, taken):
    database(f"CREATE TABLE schema_version (id INT, x TEXT); CREATE INDEX sv ON schema_version (x){taken}")

    assert 0 == run("inspect", "store.db", "-o", "schema.yaml")[0]
    text = Path("schema.yaml").read_text("utf-8")
    assert "  schema_version:\n" in text
    assert f"history_table: schema_history{'_2' if taken else ''}\n" in text
    assert "nmanaged" not in run("plan", "store.db")[1]
    schema(text.replace("x: TEXT", "x: TEXT\n      y: TEXT"))
    assert 0 == run("apply", "store.db", "--yes")[0]
    assert "#1" in run("history", "store.db")[1]
    assert "  schema_version:\n" in run("inspect", "store.db")[1]


def test_several_databases_can_be_taken_into_one_file(run):
    database(STORE)
    database("CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE more (a)", "two.db")
    schema(USERS)

    assert 0 == run("inspect", "store.db", "--merge", "-o", "schema.yaml")[0]
    assert 0 == run("inspect", "two.db", "--merge", "-o", "schema.yaml")[0]
    assert f'{MERGED}\n    more:\n        columns:\n            a: ""\n' == Path("schema.yaml").read_text("utf-8")


def test_what_may_be_a_rename_is_not_taken_in(run):
    database("CREATE TABLE users (id INTEGER PRIMARY KEY, titel TEXT)")
    schema(USERS + "            title: TEXT\n")

    status, out, err = run("inspect", "store.db", "--merge", "-o", "schema.yaml")

    assert (3, "") == (status, out)
    assert "is it titel, renamed?" in err
    assert "renamed_from: titel" in err


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--merge", "--format", "sql"), 64),
        (("--schema", "schema.yaml"), 64),
        (("--merge", "-o", "there.yaml", "-s", "schema.yaml"), 64),
        (("--merge", "-s", "schema.sql"), 64),
        (("--merge", "-s", "gone.yaml"), 65),
        (("--merge", "-s", "whole.yaml"), 1),
    ],
)
def test_what_cannot_be_merged_is_refused_and_nothing_is_written(run, words, status):
    database(STORE)
    schema(USERS)
    schema("x", "there.yaml")
    schema("CREATE TABLE t (a)", "schema.sql")
    schema("version: 1\ntables:\n  users:\n    sql: CREATE TABLE users (id INTEGER PRIMARY KEY)\n", "whole.yaml")
    before = {file.name: file.read_bytes() for file in Path().iterdir()}

    assert (status, "") == run("inspect", "store.db", *words)[:2]
    assert before == {file.name: file.read_bytes() for file in Path().iterdir()}


@pytest.mark.parametrize("form", ["sql", "json", "mermaid"])
def test_every_format_can_be_written_to_a_file(run, form):
    database(STORE)

    assert 0 == run("inspect", "store.db", "--format", form, "-o", "new.txt")[0]
    assert run("inspect", "store.db", "--format", form)[1] == Path("new.txt").read_text("utf-8")


UGLY = "version:   1\ntables:\n users:\n  indexes: {i: (id)}\n  columns: {id: INTEGER PRIMARY KEY}   # c\n"
PRETTY = "version: 1\n\ntables:\n  users:\n    columns: {id: INTEGER PRIMARY KEY}   # c\n    indexes: {i: (id)}\n"


def test_fmt_lays_the_file_out_once(run):
    schema(UGLY)

    assert (2, "schema.yaml would change:  reconcile fmt\n", "") == run("fmt", "--check")
    assert UGLY == Path("schema.yaml").read_text("utf-8")
    assert (0, "Wrote schema.yaml.\n", "") == run("fmt")
    assert PRETTY == Path("schema.yaml").read_text("utf-8")
    assert (0, "", "schema.yaml: nothing to change.\n") == run("fmt", "--check")


def test_fmt_keeps_the_files_mode_and_follows_a_link(run):
    schema(UGLY, "real.yaml")
    Path("real.yaml").chmod(0o640)
    Path("schema.yaml").symlink_to("real.yaml")

    assert 0 == run("fmt")[0]
    assert Path("schema.yaml").is_symlink()
    assert (PRETTY, 0o640) == (Path("real.yaml").read_text("utf-8"), Path("real.yaml").stat().st_mode & 0o777)
    assert {"real.yaml", "schema.yaml"} == {file.name for file in Path().iterdir()}


HINTED = """\
version: 1

tables:
  people:
    renamed_from: users
    columns:
      id: INTEGER PRIMARY KEY
      name: {sql: TEXT, renamed_from: title}
      mail: {sql: TEXT, renamed_from: [email, e_mail]}
      self: {sql: TEXT, renamed_from: SELF}

views:
  v: {sql: SELECT 1, renamed_from: w}
"""
OLD = "CREATE TABLE users (id INTEGER PRIMARY KEY, title TEXT, mail TEXT, self TEXT); CREATE VIEW w AS SELECT 1"
NEW = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mail TEXT, self TEXT); CREATE VIEW v AS SELECT 1"


def left_over(run, *words):
    schema(HINTED)
    status, _, err = run("fmt", "--prune", *words)
    text = Path("schema.yaml").read_text("utf-8")

    assert 0 == status, err
    assert text.count("renamed_from") + err.count("  - renamed_from") == HINTED.count("renamed_from")
    return {line.split(":")[0].strip() for line in text.splitlines() if "renamed_from:" in line}


def test_prune_takes_out_what_every_database_has_carried_out(run):
    database(OLD, "old.db")
    database(NEW, "new.db")

    assert {"renamed_from", "name", "mail", "v"} == left_over(run)
    assert set() == left_over(run, "--database", "new.db")
    assert {"renamed_from", "name", "v"} == left_over(run, "--database", "old.db")
    assert {"renamed_from", "name", "v"} == left_over(run, "--database", "old.db", "--database", "new.db")


def test_prune_looks_into_the_configured_database(run, monkeypatch):
    database(NEW, "new.db")
    monkeypatch.setenv("RECONCILE_DATABASE", "new.db")

    assert set() == left_over(run)
    assert "    columns:\n      id: INTEGER PRIMARY KEY\n      name: TEXT\n" in Path("schema.yaml").read_text("utf-8")


def test_a_swap_is_spent_only_where_the_history_knows_it(run):
    columns = "version: 1\n\ntables:\n  t:\n    columns:\n"
    swap = f"{columns}      a: {{sql: TEXT, renamed_from: b}}\n      b: {{sql: INT, renamed_from: a}}\n"
    database("CREATE TABLE t (a INT, b TEXT)")
    schema(f"{columns}      a: INT\n      b: TEXT\n")
    assert 0 == run("apply", "store.db", "--yes")[0]
    schema(swap)

    assert "renamed_from" not in run("fmt", "--prune", "--database", "store.db")[2]
    assert 0 == run("apply", "store.db", "--yes")[0]
    assert 2 == run("fmt", "--prune", "--database", "store.db")[2].count("renamed_from")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--database", "x.db"), 64),
        (("--prune", "--database", "gone.db"), 66),
        (("schema.sql",), 64),
        (("gone.yaml",), 65),
        (("flow.yaml",), 1),
    ],
)
def test_what_cannot_be_laid_out_is_refused(run, words, status):
    schema(UGLY)
    schema("{version: 1}", "flow.yaml")

    assert (status, "") == run("fmt", *words)[:2]
