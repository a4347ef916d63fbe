"""plan --rows: which rows are in the way, and what they hold; and who never gets to see that."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.cli.app import main

BEFORE = """
    CREATE TABLE p (id INTEGER PRIMARY KEY);
    CREATE TABLE t (id INTEGER PRIMARY KEY, zip TEXT, n TEXT, code TEXT, p INTEGER, ssn TEXT, old TEXT);
    INSERT INTO p VALUES (1);
    INSERT INTO t VALUES (3, '01234', 'n/a', 'x', 1, 's3', 'o3'), (7, '99999', '5', 'X', 8, 's7', 'o7'),
                         (9, '00001', '6', 'y', 1, 's9', NULL);
"""
WANTED = """\
version: 1
tables:
  p: {columns: {id: INTEGER PRIMARY KEY}}
  t:
    columns:
      id: INTEGER PRIMARY KEY
      zip: INTEGER
      n: INTEGER
      code: TEXT COLLATE NOCASE UNIQUE
      p: INTEGER REFERENCES p
      ssn: TEXT
      old: TEXT
    checks: {long: length(ssn) > 2}
"""
COPIED = WANTED.replace("length(ssn)", "length(copy)").replace(
    "      old: TEXT\n", "      old: TEXT\n      copy: {sql: TEXT, using: ssn}\n"
)
Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Write the schema file, run a command in a folder with the database, and give what it says."""
    for variable in ("CI", "GITHUB_ACTIONS", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("app.db")) as db:
        db.executescript(BEFORE)

    def run(wanted: str, *words: str) -> str:
        Path("schema.yaml").write_text(wanted, encoding="utf-8")
        main(list(words or ("plan", "app.db", "--rows", "5")))
        return capsys.readouterr().out

    return run


HELD = (
    "id 3   zip = '01234' -> 1234",
    "id 9   zip = '00001' -> 1",
    "id 3   n = 'n/a'",
    "id 3, 7   code = 'x'",
    "id 7   p = 8",
    "id 3   ssn = 's3'",
)


def test_rows_in_the_way_are_shown_with_what_they_hold(say: Say) -> None:
    told = [line.strip() for line in say(WANTED).splitlines()]

    assert [] == [line for line in HELD if line not in told]


def test_no_more_rows_than_asked_for_are_shown_and_the_others_are_counted(say: Say) -> None:
    told = [line.strip() for line in say(WANTED, "plan", "app.db", "--rows", "1").splitlines()]

    assert HELD[0] in told
    assert HELD[1] not in told
    assert "and 1 more" in told


def test_nobody_who_did_not_ask_sees_a_value(say: Say) -> None:
    told = say(WANTED, "plan", "app.db")

    assert "id 3, 9" in told
    assert not [value for value in ("01234", "n/a", "s3") if value in told]


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_under_ci_values_stay_hidden(say: Say, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """What CI prints is kept, and read by many."""
    asked = ("plan", "app.db", "--rows", "5", "--format", form)
    assert "01234" in say(WANTED, *asked)
    monkeypatch.setenv("CI", "true")

    assert not [value for value in ("01234", "n/a'", "s3") if value in say(WANTED, *asked)]


def test_a_document_holds_no_value(say: Say) -> None:
    told = say(WANTED, "plan", "app.db", "--rows", "5", "--format", "json")

    assert "blocked" == json.loads(told)["status"]
    assert not [value for value in ("01234", "n/a", "s3") if value in told]


@pytest.mark.parametrize(
    ("wanted", "secret"),
    [
        (WANTED.replace("zip: INTEGER", "zip: {sql: INTEGER, sensitive: true}"), "01234"),
        (WANTED.replace("ssn: TEXT", "ssn: {sql: TEXT, sensitive: true}"), "s3"),
        (WANTED.replace("  t:\n", "  t:\n    sensitive: true\n"), "n/a"),
        # What is computed from something sensitive tells it as well.
        (COPIED.replace("ssn: TEXT", "ssn: {sql: TEXT, sensitive: true}"), "s3"),
    ],
)
def test_what_is_sensitive_stays_hidden_whatever_is_asked_for(say: Say, wanted: str, secret: str) -> None:
    told = say(wanted)

    assert "keys hidden: sensitive" in told
    assert secret not in told


def test_what_was_sensitive_once_stays_hidden_when_its_line_goes(say: Say) -> None:
    as_it_is = WANTED.replace("INTEGER REFERENCES p", "INTEGER").replace("TEXT COLLATE NOCASE UNIQUE", "TEXT")
    as_it_is = as_it_is.replace("zip: INTEGER", "zip: TEXT").replace("n: INTEGER", "n: TEXT").split("    checks")[0]
    say(as_it_is.replace("old: TEXT", "old: {sql: TEXT, sensitive: true}"), "apply", "app.db", "--yes", "--no-backup")
    told = say(as_it_is.replace("      old: TEXT\n", "").replace("      ssn: TEXT\n", ""))

    assert "2 of 3 rows hold a value" in told
    assert "ssn = 's3'" in told
    assert "o3" not in told


def test_a_long_value_is_cut_and_a_hostile_one_keeps_to_its_line(say: Say) -> None:
    with closing(sqlite3.connect("app.db")) as db, db:
        db.execute("UPDATE t SET n = ? WHERE id = 3", ("\x1b[2J\n  - gone" + "y" * 500,))
    line = next(line for line in say(WANTED).splitlines() if "id 3   n = " in line)

    assert r"n = '\u{1b}[2J\u{a}  - goneyyy" in line
    assert line.endswith("yyy…")
    assert len(line) < 120
