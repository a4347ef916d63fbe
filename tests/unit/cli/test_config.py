"""Which database is meant where none is named, and how durations are written."""

from pathlib import Path

import pytest

from reconcile.cli.config import database, duration
from reconcile.errors import UsageError


def configured(folder, text='[tool.reconcile]\ndatabase = "data/store.db"\n'):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, "utf-8")


def test_the_argument_goes_before_the_variable_and_that_before_the_file(tmp_path):
    configured(tmp_path)

    assert database(Path("a.db"), {"RECONCILE_DATABASE": "b.db"}, tmp_path) == Path("a.db")
    assert database(None, {"RECONCILE_DATABASE": "b.db"}, tmp_path) == Path("b.db")
    assert database(None, {"RECONCILE_DATABASE": ""}, tmp_path) == Path("data/store.db")


def test_the_file_is_looked_for_upwards_and_its_path_is_relative_to_it(tmp_path):
    configured(tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    assert database(None, {}, below) == tmp_path / "data/store.db"


def test_a_nearer_file_that_says_nothing_about_reconcile_is_passed_over(tmp_path):
    configured(tmp_path)
    configured(tmp_path / "a", "[project]\nname = 'x'\n")

    assert database(None, {}, tmp_path / "a") == tmp_path / "data/store.db"


def test_a_database_that_nobody_names_is_wrong_usage(tmp_path):
    configured(tmp_path, "[tool.reconcile]\nother = 1\n")

    with pytest.raises(UsageError, match="no database is named") as caught:
        database(None, {}, tmp_path)
    assert "RECONCILE_DATABASE" in caught.value.hint


@pytest.mark.parametrize("text", ["[tool.reconcile\n", "[tool.reconcile]\ndatabase = 7\n", "[tool]\nreconcile = 1\n"])
def test_a_file_that_is_wrong_is_named(tmp_path, text):
    configured(tmp_path, text)

    with pytest.raises(UsageError) as caught:
        database(None, {}, tmp_path)
    assert str(tmp_path / "pyproject.toml") == caught.value.place


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("500ms", 0.5), ("2m", 120), ("1.5 min", 90), ("7", 7), ("1H", 3600)]
)
def test_a_duration(text, seconds):
    assert seconds == pytest.approx(duration(text))


@pytest.mark.parametrize("text", ["", "soon", "-1s", "1d", "1s2", "1e3", "inf"])
def test_what_is_no_duration(text):
    with pytest.raises(UsageError, match="no duration"):
        duration(text)
