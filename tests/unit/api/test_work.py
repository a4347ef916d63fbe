"""How much is done, counted: what does not grow with the schema, and what is not done at all."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reconcile import api
from reconcile.apply.reporter import Silent
from reconcile.cli import commands
from reconcile.cli.app import main
from reconcile.errors import DataState, InterruptedByUserError
from reconcile.model import reading
from reconcile.values import ApplyOptions, Source

Prepare = Callable[[sqlite3.Connection], None]
# A window for the reader of CREATE statements: whatever is read goes through one of these caches.
READERS = (reading._table, reading._index, reading._body)


class Statements:
    """Hears every statement of the connections that are opened: those on files, and those in memory."""

    def __init__(self) -> None:
        self.live: list[str] = []
        self.scratch: list[str] = []

    def prepare(self, connection: sqlite3.Connection) -> None:
        is_live = bool(connection.execute("PRAGMA database_list").fetchone()[2])
        connection.set_trace_callback((self.live if is_live else self.scratch).append)

    def creates(self) -> int:
        return sum(statement.startswith("CREATE TABLE") for statement in self.scratch)


def create(folder: Path, tables: int) -> None:
    """Make a database whose words differ from those of the schema file: `wanted.yaml` adds a column to ``t7``."""
    lines = ["version: 1", "tables:"]
    with closing(sqlite3.connect(folder / "app.db")) as connection:
        for number in range(tables):
            parent = f"t{max(0, number - 1)}"
            connection.execute(f"CREATE TABLE t{number}(id INTEGER PRIMARY KEY,a TEXT,p REFERENCES {parent}(id))")
            connection.execute(f"CREATE INDEX i{number} ON t{number}(a)")
            lines += [f"  t{number}:", "    columns:", "      id: INTEGER PRIMARY KEY", "      a: TEXT"]
            lines += [f"      p: REFERENCES {parent} (id)", "    indexes:", f"      i{number}: (a)"]
        connection.commit()
    text = "\n".join(lines) + "\n"
    (folder / "schema.yaml").write_text(text)
    before, found, after = text.partition("  t7:\n    columns:\n")
    (folder / "wanted.yaml").write_text(f"{before}{found}      new: BLOB\n{after}")


def planned(folder: Path, tables: int, schema: str) -> tuple[Statements, int]:
    """Plan; give the statements, and how many texts were read that had not been read before."""
    folder.mkdir()
    create(folder, tables)
    heard = Statements()
    for reader in READERS:
        reader.cache_clear()
    plan = api.plan(Source(folder / "app.db", folder / schema, prepare=heard.prepare)).plan
    assert len(plan.works) == (schema == "wanted.yaml")
    return heard, sum(reader.cache_info().misses for reader in READERS)


def test_nothing_is_read_of_what_differs_in_white_space_only(tmp_path: Path) -> None:
    _, read = planned(tmp_path / "app", 40, "schema.yaml")

    assert read == 0


@pytest.mark.parametrize("schema", ["schema.yaml", "wanted.yaml"])
def test_the_queries_on_a_database_do_not_grow_with_its_tables(tmp_path: Path, schema: str) -> None:
    few, _ = planned(tmp_path / "few", 10, schema)
    many, _ = planned(tmp_path / "many", 400, schema)

    assert len(few.live) == len(many.live)


def test_only_what_changes_and_what_points_to_it_is_read_and_rehearsed(tmp_path: Path) -> None:
    few, few_read = planned(tmp_path / "few", 10, "wanted.yaml")
    many, many_read = planned(tmp_path / "many", 400, "wanted.yaml")

    assert few_read == many_read
    # Every table is compiled once, for what the file says; beyond that only the rehearsal's own few.
    assert few.creates() - 10 == many.creates() - 400 <= 4


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose database is under management, in the words of another hand."""
    monkeypatch.chdir(tmp_path)
    create(tmp_path, 10)
    assert main(["apply", "app.db", "--yes"]) == 0
    return tmp_path


@pytest.mark.parametrize("command", ["check", "plan"])
def test_what_stands_as_it_was_left_is_told_without_typer_pydantic_yaml_and_planner(
    recorded: Path, command: str
) -> None:
    code = "import sys; from reconcile.cli.app import main; main(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, command, "app.db"], check=True, capture_output=True, text=True, cwd=recorded
    )
    line, loaded = done.stdout.splitlines()

    assert line == "app.db is in sync with schema.yaml (#1)."
    assert not {"typer", "pydantic", "yaml", "reconcile.plan", "reconcile.desired"} & set(loaded.split())


@pytest.mark.parametrize("command", ["check", "plan"])
def test_what_has_changed_is_told_without_typer(recorded: Path, command: str) -> None:
    with (recorded / "schema.yaml").open("a") as file:
        file.write("\nviews:\n  one: SELECT 1 AS a\n")
    code = "import sys; from reconcile.cli.app import main; print(main(sys.argv[1:]), *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, command, "app.db"], check=True, capture_output=True, text=True, cwd=recorded
    )
    *told, last = done.stdout.splitlines()
    status, *loaded = last.split()

    assert status == {"check": "2", "plan": "0"}[command]
    assert "1 to add" in " ".join(told)
    assert "typer" not in loaded


@pytest.mark.parametrize("words", [[], ["app.db"], ["app.db", "copy.db"]])
def test_a_backup_is_taken_without_typer_pydantic_yaml_and_planner(recorded: Path, words: list[str]) -> None:
    code = "import sys; from reconcile.cli.app import main; print(main(sys.argv[1:]), *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, "backup", *words],
        check=True,
        capture_output=True,
        text=True,
        cwd=recorded,
        env={**os.environ, "RECONCILE_DATABASE": "app.db"},
    )
    told, last = done.stdout.splitlines()
    status, *loaded = last.split()

    assert status == "0"
    assert told.startswith("Backed up app.db to ")
    assert (recorded / "copy.db").exists() == ("copy.db" in words)
    assert not {"typer", "pydantic", "yaml", "reconcile.river", "reconcile.desired", "reconcile.api"} & set(loaded)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE other (x)",
        "ALTER TABLE t0 ADD COLUMN other",
        "CREATE VIEW other AS SELECT 1",
        "DROP INDEX i0",
        "CREATE TRIGGER t0 AFTER INSERT ON t0 BEGIN SELECT 1; END",
    ],
)
@pytest.mark.parametrize("command", ["check", "plan"])
@pytest.mark.usefixtures("recorded")
def test_what_was_changed_since_is_left_to_the_planner(
    command: str, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.execute(change)
        connection.commit()
    asked: list[Source] = []
    plan = api.plan
    monkeypatch.setattr(api, "plan", lambda source, **others: asked.append(source) or plan(source, **others))

    main([command, "app.db"])

    assert len(asked) == 1


@pytest.mark.usefixtures("recorded")
def test_what_is_unmanaged_is_told_though_nothing_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.execute("ALTER TABLE t0 ADD COLUMN other")
        connection.commit()
    Path("schema.yaml").write_text(
        Path("schema.yaml").read_text().replace("  t9:", "  t10: {columns: {a: TEXT}}\n  t9:")
    )
    assert main(["apply", "--yes", "app.db"]) == 0
    capsys.readouterr()

    main(["check", "app.db"])
    main(["plan", "app.db"])

    assert capsys.readouterr().out == (
        "app.db is in sync with schema.yaml (#2).\n"
        "app.db is in sync with schema.yaml (#2).\n"
        "  Unmanaged, and kept: column t0.other.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["check", "app.db", "-s"],
        ["check", "app.db", "other.db"],
        ["check", "--nonsense", "app.db"],
        ["check", "app.db", "-s", "a.yaml", "-s", "schema.yaml"],
        ["plan", "app.db", "--format", "json"],
        ["check", ""],
        ["backup", "app.db", "one.db", "other.db"],
        ["backup", "app.db", "--keep", "0"],
        ["backup", "app.db", ""],
    ],
)
@pytest.mark.usefixtures("recorded")
def test_any_other_word_is_read_by_the_real_parser(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[list[str]] = []
    run = commands.run
    monkeypatch.setattr(commands, "run", lambda found, out: heard.append(found) or run(found, out))

    main(words)

    assert heard == [words]


class Patient(Silent):
    """Hears for how long each step runs."""

    def __init__(self) -> None:
        self.heard: dict[str, list[float]] = {}

    def step_running(self, title: str, seconds: float) -> None:
        self.heard.setdefault(title, []).append(seconds)


@pytest.fixture
def rebuilt(tmp_path: Path) -> Source:
    """A table of 20,000 rows that will be rebuilt."""
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)")
        connection.executemany("INSERT INTO t (a, b) VALUES (?, 'b')", ((number,) for number in range(20_000)))
        connection.commit()
    (tmp_path / "wanted.sql").write_text("CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, a TEXT);")
    return Source(tmp_path / "app.db", tmp_path / "wanted.sql", column_order=True)


def test_it_is_told_that_a_long_statement_still_runs(rebuilt: Source) -> None:
    patient = Patient()

    api.apply(rebuilt, ApplyOptions(backup=False), reporter=patient)

    assert len(patient.heard["t"]) > 10
    assert patient.heard["t"] == sorted(patient.heard["t"])


def test_a_reporter_that_fails_while_a_statement_runs_leaves_everything_as_it_was(rebuilt: Source) -> None:
    class Broken(Silent):
        def step_running(self, title: str, seconds: float) -> None:
            raise ValueError(title, seconds)

    with pytest.raises(InterruptedByUserError) as caught:
        api.apply(rebuilt, ApplyOptions(backup=False), reporter=Broken())

    assert caught.value.data is DataState.ROLLED_BACK
