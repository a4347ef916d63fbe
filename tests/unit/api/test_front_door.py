"""The front door: verbs that stay verbs, words as a Python program writes them, create() for tests."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

import reconcile
from reconcile import python

USERS = {"id": "INTEGER PRIMARY KEY", "email": "TEXT NOT NULL UNIQUE"}


@pytest.mark.parametrize(
    "first", ["reconcile.plan.steps", "reconcile.history.ledger", "reconcile.apply.executor", "reconcile.ensure"]
)
def test_a_room_does_not_stand_in_front_of_the_verb_of_its_name(first):
    code = f"import {first}, reconcile; print(*[callable(getattr(reconcile, n)) for n in reconcile.__all__ * 2])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert {"True"} == set(done.stdout.split())


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'aply'"):
        _ = reconcile.aply
    assert {"plan", "BlockedError"} <= set(dir(reconcile))


def test_consent_may_be_a_list_a_generator_or_one_word(app):
    reconcile.ensure(app.db, app.schema)
    app.ask("ALTER TABLE users ADD COLUMN one")
    app.ask("ALTER TABLE users ADD COLUMN two")
    reconcile.apply(app.db, app.schema, drop="column:users.one", backup=False)
    done = reconcile.apply(app.db, app.schema, drop=(word for word in ["column:users.two"]), backup=False)

    assert (None, ("column:users.two",)) == (done.backup, done.planned.source.drop)
    assert ["id", "email"] == [row[1] for row in app.ask("PRAGMA table_info(users)")]


def test_a_plan_is_applied_by_its_id_and_a_stale_one_is_not(app):
    app.db.touch()
    seen = reconcile.plan(str(app.db), str(app.schema))
    with pytest.raises(reconcile.StaleError):
        reconcile.apply(app.db, app.schema, plan_id="0000-0000")

    assert 1 == reconcile.apply(app.db, app.schema, plan_id=seen.id).version
    assert str(reconcile.plan(app.db, app.schema)).startswith(f"{app.db} is in sync")


def test_backups_go_where_they_are_told_and_the_newest_are_kept(app):
    reconcile.ensure(app.db, app.schema)
    folder = app.folder / "kept"
    columns = {}
    for column in ("name", "age", "joined"):
        columns[column] = "TEXT"
        app.release(users=USERS | columns)
        outcome = reconcile.apply(app.db, app.schema, backup_dir=folder, keep=2)

    assert 2 == len([*folder.glob("app*.db")])
    assert outcome.backup.parent == folder


@pytest.mark.parametrize(
    "call",
    [
        lambda db, schema: reconcile.apply(db, schema, keep=0),
        lambda db, _: reconcile.backup(db, keep=-1),
        lambda db, _: reconcile.backup(db, "a.db", backup_dir="b"),
        lambda db, _: reconcile.inspect(db, format="xml"),
        lambda db, schema: reconcile.plan(db, schema, allow="nonsense"),
    ],
)
def test_what_says_nothing_is_wrong_usage(app, call):
    app.db.touch()

    with pytest.raises(reconcile.UsageError):
        call(app.db, app.schema)


def test_the_history_gives_one_version_by_its_number(app):
    reconcile.ensure(app.db, app.schema)
    app.release(users=USERS | {"name": "TEXT"})
    reconcile.ensure(app.db, app.schema)

    assert [2, 1] == [version.number for version in reconcile.history(app.db)]
    assert [1] == [version.number for version in reconcile.history(app.db, 1)]
    assert () == reconcile.history(app.db, 9)


def test_create_fills_memory_and_is_committed(app):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = lambda *_: {}
        reconcile.create(connection, app.schema)
        connection.row_factory = None

        assert not connection.in_transaction
        assert [("users",)] == connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()


def test_create_is_part_of_the_callers_transaction(app):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        reconcile.create(connection, app.schema)
        connection.execute("ROLLBACK")

        assert [] == connection.execute("SELECT * FROM sqlite_schema").fetchall()


def test_create_refuses_a_database_with_something_in_it(app):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a)")

        with pytest.raises(reconcile.UsageError, match="not empty"):
            reconcile.create(connection, app.schema)


def test_create_leaves_nothing_where_something_is_missing(app):
    app.schema.write_text("version: 1\ntables:\n  a:\n    columns: {x: TEXT}\n    indexes: {i: (loud(x))}\n")
    with closing(sqlite3.connect(":memory:")) as connection:
        with pytest.raises(reconcile.FailedError, match="index i: no such function: loud") as caught:
            reconcile.create(connection, app.schema)

        assert "cannot-create" == caught.value.code
        assert [] == connection.execute("SELECT * FROM sqlite_schema").fetchall()
        connection.create_function("loud", 1, str.upper, deterministic=True)
        reconcile.create(connection, app.schema)


def test_what_is_created_is_in_sync_with_its_file(app):
    with closing(sqlite3.connect(app.db)) as connection:
        reconcile.create(connection, app.schema)

    assert reconcile.check(app.db, app.schema)
    assert python.diff(app.db, app.schema).in_sync
