"""reconcile lint: each finding at its place, in three formats, and exit 2 for errors only."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from reconcile.cli.app import main

SCHEMA = """\
version: 1
tables:
  users:
    columns:
      id: INTEGER PRIMARY KEY
      boss: INT REFERENCES users
    triggers:
      good: AFTER INSERT BEGIN SELECT NEW.id; END
      bad: AFTER INSERT BEGIN SELECT NEW.name; END
views:
  ids: SELECT id FROM users
  names: SELECT users.name FROM users
"""


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words, text=SCHEMA, file="schema.yaml"):
        if text is not None:
            Path(file).write_text(text, "utf-8")
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        return main(["lint", *words]), out.getvalue(), err.getvalue()

    return run


def test_findings_come_in_the_order_of_the_file_with_what_to_do(run):
    assert run() == (
        2,
        """\
schema.yaml:6:7: warning: no index of users begins with (boss): a change in users reads all of it \
[foreign-key-without-index]
          boss: INT REFERENCES users
          ^
  help: below indexes:   users_by_boss: (boss)

schema.yaml:9:7: error: trigger bad cannot be used: no such column: NEW.name [broken-object]
          bad: AFTER INSERT BEGIN SELECT NEW.name; END
          ^
  help: see what it reads

schema.yaml:12:3: error: view names cannot be used: no such column: users.name [broken-object]
      names: SELECT users.name FROM users
      ^
  help: see what it reads

2 errors, 1 warning in schema.yaml.
""",
        "",
    )


def test_a_clean_file_has_nothing_to_say(run):
    assert run(text="version: 1\n") == (0, "schema.yaml: nothing to say.\n", "")


def test_warnings_are_no_failure(run):
    status, out, _ = run(text=SCHEMA.partition("    triggers")[0])

    assert 0 == status
    assert out.endswith("1 warning in schema.yaml.\n")


def test_a_document_has_every_field(run):
    status, out, _ = run("--format", "json")

    content = json.loads(out)
    assert 2 == status
    assert (1, "schema.yaml", {"error": 2, "warning": 1, "note": 0}) == (
        content["format_version"],
        content["file"],
        content["counts"],
    )
    assert {
        "code": "broken-object",
        "level": "error",
        "object": "bad",
        "message": "trigger bad cannot be used: no such column: NEW.name",
        "advice": "see what it reads",
        "line": 9,
        "column": 7,
    } == content["findings"][1]


def test_github_puts_them_beside_the_lines_whatever_the_names(run):
    name = "a,b: c%"
    text = f'version: 1\ntables:\n  "{name}":\n    columns: {{id: INT PRIMARY KEY NOT NULL}}\n'

    status, out, _ = run("x,y.yaml", "--format", "github", text=text, file="x,y.yaml")

    assert 0 == status
    assert out.startswith(
        "::warning file=x%2Cy.yaml,line=4,col=15,title=int-primary-key::a,b: c%25.id: INT PRIMARY KEY"
    )


def test_a_sql_file_is_linted_by_statement(run):
    text = "CREATE TABLE t (id INTEGER PRIMARY KEY);\n\nCREATE VIEW v AS\nSELECT t.x FROM t;\n"

    status, out, _ = run("a.sql", text=text, file="a.sql")

    assert 2 == status
    assert out.startswith("a.sql:3:1: error: view v cannot be used: no such column: t.x [broken-object]\n")


@pytest.mark.parametrize(("file", "status"), [("store.db", 64), ("gone.yaml", 65), ("bad.yaml", 65)])
def test_what_cannot_be_linted_is_told_as_everywhere(run, file, status):
    Path("bad.yaml").write_text("version: 2\n", "utf-8")

    assert (status, "") == run(file, text=None)[:2]
    assert not os.path.exists("store.db")  # noqa: PTH110 - as a shell would look
