"""Command line, environment, pyproject.toml: which goes first, what is wrong in them, and the application's hook."""

import sys
from pathlib import Path

import pytest

from reconcile.cli.app import main
from reconcile.cli.config import Settings, prepare, schema, settings
from reconcile.errors import UsageError

HOOK = """
import sqlite3
print("loaded")
def hook(connection):
    connection.row_factory = sqlite3.Row
    connection.create_function("loud", 1, str.upper, deterministic=True)
def broken(connection):
    raise RuntimeError("no such extension")
number = 7
"""
USING = """version: 1
tables:
  users:
    columns:
      id: INTEGER PRIMARY KEY
      email: {sql: TEXT NOT NULL UNIQUE, using: loud(email)}
      name: {sql: TEXT NOT NULL, using: loud(email)}
"""


@pytest.fixture
def project(app, monkeypatch, request):
    """Configure the application's folder, stand in it, and give a module's name that no other test has."""
    monkeypatch.chdir(app.folder)
    monkeypatch.delenv("RECONCILE_DATABASE", raising=False)
    monkeypatch.delenv("RECONCILE_SCHEMA", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def configure(*lines):
        (app.folder / "pyproject.toml").write_text("\n".join(["[tool.reconcile]", *lines]))

    app.configure = configure
    app.module = f"hooks_{abs(hash(request.node.name))}"
    (app.folder / f"{app.module}.py").write_text(HOOK)
    return app


def test_every_key_is_read_and_paths_are_relative_to_the_file(project):
    project.configure(
        'database = "data/a.db"', 'schema = "db/s.yaml"', 'backup_dir = "b"', "keep = 3", 'prepare = "app:hook"'
    )
    below = project.folder / "below"
    below.mkdir()
    file = project.folder / "pyproject.toml"
    here = settings(project.folder)

    assert here == Settings(file, Path("data/a.db"), Path("db/s.yaml"), Path("b"), 3, "app:hook")
    assert settings(below).schema == project.folder / "db/s.yaml"


def test_without_a_table_of_ours_nothing_is_configured(project):
    assert Settings() == settings(project.folder)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('databse = "a.db"', "did you mean 'database'?"),
        ('backup-dir = "b"', "did you mean 'backup_dir'?"),
        ("zzz = 1", "there are database, schema, backup_dir, keep, prepare"),
    ],
)
def test_an_unknown_key_is_wrong_usage(project, capsys, line, told):
    project.configure(line)

    assert 64 == main(["check", "app.db"])
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["keep = 0", "keep = true", 'keep = "3"', "schema = 1", 'backup_dir = ""', "prepare = 1"]
)
def test_a_wrong_value_is_wrong_usage(project, line):
    project.configure(line)

    with pytest.raises(UsageError) as caught:
        settings(project.folder)
    assert str(project.folder / "pyproject.toml") == caught.value.place


def test_the_environment_names_a_schema_before_the_file_does(project):
    project.configure('schema = "s.yaml"')
    default = Path("schema.yaml")

    assert Path("e.yaml") == schema(default, {"RECONCILE_SCHEMA": "e.yaml"}, project.folder)
    assert Path("s.yaml") == schema(default, {}, project.folder)


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(project, monkeypatch, capsys):
    project.configure('database = "app.db"', 'schema = "file.yaml"')
    project.schema.rename(project.folder / "file.yaml")

    assert 0 == main(["apply", "--create", "--yes"])
    assert 0 == main(["check"])
    monkeypatch.setenv("RECONCILE_SCHEMA", "environment.yaml")
    assert 65 == main(["check"])
    assert "environment.yaml" in capsys.readouterr().err
    assert 0 == main(["check", "--schema", "file.yaml"])
    assert 65 == main(["check", "--schema", "schema.yaml"])


def test_the_line_to_paste_names_a_configured_schema(project, capsys):
    project.configure('schema = "file.yaml"')
    project.schema.rename(project.folder / "file.yaml")
    project.db.touch()
    main(["plan", "app.db"])

    assert "reconcile apply app.db --schema file.yaml --plan" in capsys.readouterr().out


def test_the_applications_functions_serve_plan_and_apply(project, capsys):
    project.configure(f'prepare = "{project.module}:hook"')
    assert 0 == main(["apply", "app.db", "--create", "--yes"])
    project.ask("INSERT INTO users (email) VALUES ('a')")
    project.schema.write_text(USING)

    assert 0 == main(["apply", "app.db", "--yes"])
    assert [(1, "a", "A")] == project.ask("SELECT * FROM users")
    assert "loaded" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("{}", "must name a module and a function"),
        ("{}:", "must name a module and a function"),
        ("no_such_module_here:hook", "no_such_module_here cannot be imported: ModuleNotFoundError"),
        ("{}:hok", "has no function hok"),
        ("{}:number", "has no function number"),
        ("{}:broken", "failed: RuntimeError: no such extension"),
    ],
)
def test_a_hook_that_does_not_work_is_wrong_usage(project, capsys, named, told):
    project.db.touch()
    project.configure(f'prepare = "{named.format(project.module)}"')

    assert 64 == main(["plan", "app.db"])
    assert told in capsys.readouterr().err


def test_no_hook_is_no_trouble():
    assert prepare(Settings()) is None


def test_backups_go_to_the_configured_folder_and_so_many_are_kept(project):
    project.configure('backup_dir = "kept"', "keep = 1")
    assert 0 == main(["apply", "app.db", "--create", "--yes"])
    project.release(users={"id": "INTEGER PRIMARY KEY", "email": "TEXT NOT NULL UNIQUE", "name": "TEXT"})
    assert 0 == main(["apply", "app.db", "--yes"])
    assert 0 == main(["backup", "app.db"])
    assert 0 == main(["backup", "app.db", "mine.db"])

    assert 1 == len([*(project.folder / "kept").glob("*.db")])
    assert not (project.folder / "backups").exists()
