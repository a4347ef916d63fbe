"""ensure(): at every start of an application, and nearly always nothing to do."""

import importlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import reconcile
from reconcile.database.inspect import inspect
from reconcile.history.ledger import find, locate
from reconcile.history.standing import users
from reconcile.model.fingerprint import digest, fingerprint

ENSURE = importlib.import_module("reconcile.ensure")
WILD = sorted((Path(__file__).parents[4] / "shared" / "databases").glob("*.*"))
USERS = {"id": "INTEGER PRIMARY KEY", "email": "TEXT NOT NULL UNIQUE"}
PRODUCTS = {"id": "INTEGER PRIMARY KEY", "name": "TEXT"}


def bytes_of(path):
    return subprocess.run(["cat", str(path)], capture_output=True, check=True).stdout


def test_a_missing_database_is_created_and_a_second_start_finds_nothing_to_do(app):
    first = reconcile.ensure(app.db, app.schema)
    second = reconcile.ensure(str(app.db), str(app.schema))

    assert (1, True) == (first.version, first.changed)
    assert (1, False, ()) == (second.version, second.changed, second.steps)
    assert [("users",)] == app.ask("SELECT name FROM sqlite_schema WHERE name = 'users'")


def test_a_second_start_plans_nothing(app, monkeypatch):
    reconcile.ensure(app.db, app.schema)
    monkeypatch.setattr(ENSURE, "_desired", None)

    assert reconcile.ensure(app.db, app.schema).version == 1


def test_a_start_with_nothing_to_do_loads_neither_planner_nor_parsers(app):
    reconcile.ensure(app.db, app.schema)
    code = "import reconcile, sys; reconcile.ensure(sys.argv[1], sys.argv[2]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, app.db, app.schema], capture_output=True, text=True, check=True)

    unwanted = {"pydantic", "yaml", "typer", "reconcile.river", "reconcile.plan", "reconcile.desired", "reconcile.api"}
    assert not unwanted & set(done.stdout.split())


def test_nothing_is_written_where_nothing_is_to_do(app):
    reconcile.ensure(app.db, app.schema)
    before = bytes_of(app.db)
    reconcile.ensure(app.db, app.schema)

    assert before == bytes_of(app.db)
    assert ["app.db", "schema.yaml"] == sorted(path.name for path in app.folder.iterdir())


def test_a_new_column_and_a_new_table_are_harmless_and_take_no_backup(app):
    reconcile.ensure(app.db, app.schema)
    app.ask("INSERT INTO users (email) VALUES ('a@example.org')")
    app.release(users=USERS | {"name": "TEXT"}, products=PRODUCTS)
    done = reconcile.ensure(app.db, app.schema)

    assert (2, None) == (done.version, done.backup)
    assert [(1, "a@example.org", None)] == app.ask("SELECT * FROM users")
    assert not (app.folder / "backups").exists()


def test_a_database_of_before_reconcile_is_recorded_as_the_starting_point(app):
    app.ask("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE)")
    done = reconcile.ensure(app.db, app.schema)

    assert (1, False) == (done.version, done.changed)
    assert "starting point" == reconcile.history(app.db)[0].description


def test_what_would_be_lost_is_refused_with_the_plan_to_look_at(app):
    app.release(users=USERS, products=PRODUCTS)
    reconcile.ensure(app.db, app.schema)
    app.release(users=USERS, orders={"total": "INTEGER"})

    with pytest.raises(reconcile.BlockedError, match="drop-table:products") as caught:
        reconcile.ensure(app.db, app.schema)
    assert "blocked" == caught.value.code
    assert ("drop-table:products",) == caught.value.plan.wanting
    assert "reconcile plan" in caught.value.hint
    assert reconcile.DataState.UNTOUCHED is caught.value.data
    assert [] == app.ask("SELECT 1 FROM sqlite_schema WHERE name = 'orders'")


def test_rows_in_the_way_are_refused(app):
    reconcile.ensure(app.db, app.schema)
    app.ask("INSERT INTO users (email) VALUES ('a')")
    app.release(users=USERS | {"name": "TEXT NOT NULL"})

    with pytest.raises(reconcile.BlockedError, match="nulls-in-not-null"):
        reconcile.ensure(app.db, app.schema, allow_rebuild=True)


def test_a_rebuild_wants_a_word_and_takes_a_backup(app):
    reconcile.ensure(app.db, app.schema)
    app.ask("INSERT INTO users (email) VALUES ('a')")
    app.release(users=USERS | {"email": "TEXT NOT NULL UNIQUE COLLATE NOCASE"})

    with pytest.raises(reconcile.BlockedError, match="rebuilt while") as caught:
        reconcile.ensure(app.db, app.schema)
    assert "rebuild" == caught.value.code
    done = reconcile.ensure(app.db, app.schema, allow_rebuild=True)

    assert done.backup.parent == app.folder / "backups"
    assert [(1, "a")] == app.ask("SELECT * FROM users")


def test_a_catalog_edit_needs_no_word_and_no_backup(app):
    reconcile.ensure(app.db, app.schema)
    app.ask("INSERT INTO users (email) VALUES ('a')")
    app.release(users=USERS | {"email": "TEXT NOT NULL UNIQUE CHECK (email <> '')"})

    done = reconcile.ensure(app.db, app.schema)

    assert (True, None) == (done.changed, done.backup)
    assert [(1, "a")] == app.ask("SELECT * FROM users")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        app.ask("INSERT INTO users (email) VALUES ('')")


def test_an_older_application_is_told_that_it_is_older(app):
    reconcile.ensure(app.db, app.schema)
    old = app.schema.read_text()
    app.release(users=USERS | {"name": "TEXT"})
    reconcile.ensure(app.db, app.schema)
    app.schema.write_text(old)

    with pytest.raises(reconcile.BlockedError, match=r"is at #2, and .* older schema, that of #1") as caught:
        reconcile.ensure(app.db, app.schema)
    assert "newer-schema" == caught.value.code


def test_an_older_application_is_known_by_its_schema_whatever_its_comments_say(app):
    reconcile.ensure(app.db, app.schema)
    old = app.schema.read_text()
    app.release(users=USERS | {"name": "TEXT"})
    reconcile.ensure(app.db, app.schema)
    app.schema.write_text(f"# the old one\n{old}")

    with pytest.raises(reconcile.BlockedError, match="older schema"):
        reconcile.ensure(app.db, app.schema)


def test_who_went_back_on_purpose_is_not_older(app):
    reconcile.ensure(app.db, app.schema)
    old = app.schema.read_text()
    app.release(users=USERS | {"name": "TEXT"})
    reconcile.ensure(app.db, app.schema)
    app.schema.write_text(old)
    reconcile.apply(app.db, app.schema, allow=["drop-column:users.name"])

    assert 3 == reconcile.ensure(app.db, app.schema).version


def test_a_reworded_schema_file_is_planned_and_changes_nothing(app):
    reconcile.ensure(app.db, app.schema)
    app.schema.write_text(app.schema.read_text() + "# reworded\n")
    before = bytes_of(app.db)

    assert (1, False) == ((found := reconcile.ensure(app.db, app.schema)).version, found.changed)
    assert before == bytes_of(app.db)


def test_a_change_from_outside_is_noticed(app):
    reconcile.ensure(app.db, app.schema)
    app.ask("ALTER TABLE users RENAME COLUMN email TO mail")

    with pytest.raises(reconcile.BlockedError):
        reconcile.ensure(app.db, app.schema)


def test_the_schema_may_be_sql_or_another_database(app):
    sql = app.folder / "schema.sql"
    sql.write_text("CREATE TABLE users (id INTEGER PRIMARY KEY);")
    model = app.folder / "model.db"
    with closing(sqlite3.connect(model)) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")

    assert reconcile.ensure(app.db, sql).changed
    assert not reconcile.ensure(app.db, sql).changed
    assert not reconcile.ensure(app.db, model).changed


def test_a_schema_file_that_is_missing_or_wrong_leaves_no_database_behind(app):
    app.schema.write_text("version: 1\ntabels: {}\n")
    for schema in (app.schema, app.folder / "none.yaml"):
        with pytest.raises(reconcile.SchemaFileError):
            reconcile.ensure(app.db, schema)

    assert not app.db.exists()


def test_a_database_that_nobody_may_write_starts_where_nothing_is_to_do(app):
    reconcile.ensure(app.db, app.schema)
    app.db.chmod(0o444)
    app.folder.chmod(0o555)
    try:
        assert 1 == reconcile.ensure(app.db, app.schema).version
    finally:
        app.folder.chmod(0o755)


@pytest.mark.parametrize("path", WILD, ids=lambda path: path.stem)
def test_the_quick_fingerprint_is_the_fingerprint(path):
    """One home each: what ensure hashes without making a schema must stay what the history recorded."""
    if path.suffix not in (".db", ".sqlite"):
        pytest.skip("no database")
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as connection:
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()

        assert fingerprint(inspect(connection)) == digest(users(connection, rows, "no history"))


def test_the_quick_fingerprint_knows_virtual_tables_and_the_history(app):
    app.schema.write_text(
        "version: 1\ntables:\n  s: {sql: 'CREATE VIRTUAL TABLE s USING fts5(a)'}\nhistory_table: Log\n"
    )
    reconcile.ensure(app.db, app.schema)
    with closing(sqlite3.connect(app.db)) as connection:
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
        ledger = find(connection, locate(connection))

        assert fingerprint(inspect(connection, ledger.hidden)) == digest(users(connection, rows, "Log"))
    assert not reconcile.ensure(app.db, app.schema).changed


def test_prepare_gives_every_connection_the_applications_own(app):
    app.schema.write_text(
        "version: 1\ntables:\n  t:\n    columns: {a: TEXT COLLATE nordic}\n    checks: {ok: wide(a) > 0}\n"
    )

    def prepare(connection):
        connection.row_factory = lambda cursor, row: {c[0]: v for c, v in zip(cursor.description, row, strict=True)}
        connection.create_collation("nordic", lambda a, b: (a > b) - (a < b))
        connection.create_function("wide", 1, len, deterministic=True)

    assert reconcile.ensure(app.db, app.schema, prepare=prepare).changed
    assert not reconcile.ensure(app.db, app.schema, prepare=prepare).changed
    assert reconcile.check(app.db, app.schema, prepare=prepare)
