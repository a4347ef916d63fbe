"""In a job of GitHub's, what stops a plan is told beside the lines of the schema file that it is about."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.cli.app import main

BEFORE = """
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, zip TEXT, b TEXT, title TEXT);
    INSERT INTO t VALUES (1, NULL, '01234', 'secret', 'x'), (2, 'x', '5', 'secret', 'y');
"""
WANTED = """\
version: 1
tables:
  t:
    columns:
      id: INTEGER PRIMARY KEY
      a: TEXT NOT NULL
      zip: INTEGER
      b: TEXT
      titles: TEXT
    indexes:
      b_once: {unique: true, sql: (b)}
"""


pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with closing(sqlite3.connect("app.db")) as db:
        db.executescript(BEFORE)
    Path("schema.yaml").write_text(WANTED, encoding="utf-8")
    return tmp_path


def annotations(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[list[str], str]:
    main(list(words))
    both = capsys.readouterr()
    return [line for line in both.err.splitlines() if line.startswith("::")], both.out


def test_each_stands_at_its_line_with_what_to_do_and_without_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = annotations(capsys, "plan", "app.db")
    at = "::error file=schema.yaml,line="

    assert found[0].startswith(f"{at}6,col=7,title=BLOCKED nulls-in-not-null::t.a: 1 row would hold NULL in t.a%0A")
    assert found[1].startswith("::warning file=schema.yaml,line=7,col=7,title=NEEDS CONSENT lossy-conversion::t.zip: ")
    assert found[1].endswith("%0Areconcile apply app.db --allow lossy-conversion:t.zip")
    assert any(line.startswith(f"{at}9,col=7,title=BLOCKED likely-rename::t.titles: ") for line in found)
    assert any(
        line.startswith("::notice file=schema.yaml,line=11,col=7,title=breaks-old-code::b_once") for line in found
    )
    assert not [line for line in found if "secret" in line or "01234" in line]


@pytest.mark.parametrize("words", [("plan", "app.db", "--format", "json"), ("apply", "app.db", "--json", "--yes")])
def test_a_document_stays_one(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    found, out = annotations(capsys, *words)

    assert "blocked" == json.loads(out)["status"]
    assert found


def test_consent_that_was_given_is_told_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = annotations(capsys, "plan", "app.db", "--allow", "lossy-conversion:t.zip")

    assert not [line for line in found if line.startswith("::warning")]


def test_mistakes_in_the_schema_file_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("schema.yaml").write_text(WANTED.replace("    indexes", "    indices"), encoding="utf-8")
    found, _ = annotations(capsys, "plan", "app.db")

    assert [line.partition("::unknown")[0] for line in found] == [
        "::error file=schema.yaml,line=10,col=5,title=invalid schema file"
    ]


def test_a_schema_without_places_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("wanted.sql").write_text("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);", encoding="utf-8")
    found, _ = annotations(capsys, "plan", "app.db", "-s", "wanted.sql")

    assert found[0].startswith("::error file=wanted.sql,line=1,col=1,title=BLOCKED nulls-in-not-null::")


def test_elsewhere_there_are_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")

    found, out = annotations(capsys, "plan", "app.db")

    assert "BLOCKED" in out
    assert [] == found


def test_no_name_leaves_its_annotation(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "x,y::error::\\n%z"
    Path("schema.yaml").write_text(WANTED.replace("titles: TEXT", f'"{hostile}": TEXT NOT NULL'), encoding="utf-8")
    found, _ = annotations(capsys, "plan", "app.db")

    assert {"::error", "::warning", "::notice"} >= {line.split(" ")[0] for line in found}
    assert [line for line in found if "%25z" in line]
