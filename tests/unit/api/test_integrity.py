"""``--integrity``: the whole file is checked before and after, and only then."""

import sqlite3
from contextlib import closing

import pytest

import reconcile
from reconcile.apply.reporter import Silent
from reconcile.cli.app import main
from reconcile.errors import DataState, VerificationError

WORDS = {"id": "INTEGER PRIMARY KEY", "word": "TEXT COLLATE mood"}


class Turning(Silent):
    """Turns the application's collation round at a step: the indexes that stand there are in no order from then on."""

    def __init__(self, step):
        self.step, self.turned = step, False

    def step_started(self, title, rows):  # noqa: ARG002 - as the protocol has it
        self.turned = self.turned or title == self.step

    def prepare(self, connection):
        way = lambda: -1 if self.turned else 1  # noqa: E731
        connection.create_collation("mood", lambda a, b: way() * ((a > b) - (a < b)))


@pytest.fixture
def words(app):
    app.release(words=WORDS, users={"id": "INTEGER PRIMARY KEY"})
    calm = Turning(None)
    reconcile.ensure(app.db, app.schema, prepare=calm.prepare)
    with closing(sqlite3.connect(app.db)) as connection:
        calm.prepare(connection)
        connection.execute("CREATE INDEX by_word ON words (word)")
        connection.executemany("INSERT INTO words (word) VALUES (?)", [("a",), ("b",), ("c",)])
        connection.commit()
    app.release(words=WORDS, users={"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
    return app


def columns(app):
    return [row[1] for row in app.ask("PRAGMA table_info(users)")]


def test_a_fault_that_was_not_there_before_rolls_everything_back(words):
    turning = Turning("verify")

    with pytest.raises(VerificationError, match=r"integrity_check: row \d .*by_word") as caught:
        reconcile.apply(words.db, words.schema, integrity=True, prepare=turning.prepare, reporter=turning)

    assert caught.value.code == "integrity-check"
    assert caught.value.data is DataState.ROLLED_BACK
    assert columns(words) == ["id"]


def test_a_fault_from_before_is_no_reason_to_stop(words):
    turning = Turning("backup")

    reconcile.apply(words.db, words.schema, integrity=True, prepare=turning.prepare, reporter=turning)

    assert columns(words) == ["id", "name"]


@pytest.mark.parametrize("asked", [[], ["--integrity"]])
def test_the_whole_file_is_only_checked_when_that_is_asked(app, asked, monkeypatch, capsys):
    reconcile.ensure(app.db, app.schema)
    app.release(users={"id": "INTEGER PRIMARY KEY", "email": "TEXT NOT NULL UNIQUE", "name": "TEXT"})
    monkeypatch.chdir(app.folder)

    assert main(["apply", "app.db", "--yes", *asked]) == 0

    assert capsys.readouterr().out.count("0 faults") == 2 * len(asked)
