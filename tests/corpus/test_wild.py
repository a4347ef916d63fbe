"""Databases that other projects made: taken over they are in sync; every table rebuilt at once, nothing is lost.

The files stay outside the repository: in $RECONCILE_DATABASES, or in ../shared/databases beside it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import yaml
from oracle import HISTORY, differences
from rows import faults, lost, state

if TYPE_CHECKING:
    from conftest import Ran, Stage

_HERE = Path(__file__).resolve().parents[2].parent / "shared" / "databases"
DATABASES = Path(os.environ.get("RECONCILE_DATABASES", _HERE))
FILES = sorted(path for path in DATABASES.glob("*") if path.suffix in (".db", ".sqlite"))
NEEDS_MODULE = "datasette_spatialite.db"  # reading its virtual tables raises "no such module"

pytestmark = pytest.mark.skipif(not FILES, reason=f"no databases in {DATABASES}; set RECONCILE_DATABASES")


@pytest.fixture
def live(stage: Stage, request: pytest.FixtureRequest) -> Path:
    for name in ("before.db", "app.db"):
        shutil.copyfile(request.param, name)
        Path(name).chmod(0o640)
    return stage.folder / "app.db"


everywhere = pytest.mark.parametrize("live", FILES, ids=lambda path: path.name, indirect=True)


@everywhere
def test_taken_over_it_is_in_sync(live: Path, stage: Stage) -> None:
    take_over(stage)
    plan = stage.run("plan", live.name, "--exit-code")

    assert plan.code == 0, plan.out
    assert stage.run("check", live.name).code == 0


@pytest.mark.parametrize(
    "live",
    [path for path in FILES if path.name != NEEDS_MODULE],
    ids=lambda path: path.name,
    indirect=True,
)
def test_every_table_rebuilt_and_back(live: Path, stage: Stage) -> None:
    taken = take_over(stage)
    turned = {name: turn(table) for name, table in taken["tables"].items()}
    write(stage, {**taken, "tables": turned})
    succeeds(stage.run("apply", live.name, "--column-order", "--yes", "--no-backup"))
    with closing(sqlite3.connect("before.db")) as before, closing(sqlite3.connect(live)) as after:
        for name, table in turned.items():
            assert columns(after, name) == list(table.get("columns") or columns(before, name))
        nothing_lost(before, after)

    write(stage, taken)
    succeeds(stage.run("apply", live.name, "--column-order", "--yes", "--no-backup"))
    with closing(sqlite3.connect("before.db")) as before, closing(sqlite3.connect(live)) as after:
        assert differences(after, before, column_order=True) == []
        nothing_lost(before, after)
    assert stage.run("check", live.name).code == 0


@pytest.mark.parametrize("live", [path for path in FILES if path.name == NEEDS_MODULE], indirect=True)
def test_an_unrelated_change_works_where_a_module_is_missing(live: Path, stage: Stage) -> None:
    taken = take_over(stage)
    taken["tables"]["sql_statements_log"]["columns"]["reviewed"] = "TEXT"
    taken["tables"]["spatialite_history"] = turn(taken["tables"]["spatialite_history"])
    taken["tables"]["brand_new"] = {"columns": {"id": "INTEGER PRIMARY KEY"}}
    write(stage, taken)
    succeeds(stage.run("apply", live.name, "--yes", "--no-backup"))

    assert stage.run("check", live.name).code == 0
    with closing(sqlite3.connect("before.db")) as before, closing(sqlite3.connect(live)) as after:
        assert "reviewed" in columns(after, "sql_statements_log")
        nothing_lost(before, after)


def take_over(stage: Stage) -> dict[str, Any]:
    inspected = succeeds(stage.run("inspect", "app.db"))
    (stage.folder / "schema.yaml").write_text(inspected.out, encoding="utf-8")
    return yaml.load(inspected.out, Loader=yaml.BaseLoader)  # noqa: S506 - every scalar stays text


def write(stage: Stage, document: dict[str, Any]) -> None:
    text = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000)
    (stage.folder / "schema.yaml").write_text(text, encoding="utf-8")


def turn(table: dict[str, Any]) -> dict[str, Any]:
    """Turn a table's columns round and add a CHECK: no way but a rebuild leads there."""
    if "columns" not in table:
        return table
    checks = table.get("checks") or []
    more = {**checks, "turned": "1"} if isinstance(checks, dict) else [*checks, {"turned": "1"}]
    return {**table, "columns": dict(reversed(table["columns"].items())), "checks": more}


class _Plain(yaml.SafeDumper):
    """Writes `true`, `no` and `012` bare, as they were read: only their place gives them a meaning."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    found = connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))
    return [row[0] for row in found]


def nothing_lost(before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    """Every row by storage class and bytes, every index, trigger and view, and what no schema shows."""
    assert lost(before, after) == []
    assert state(before) == state(after)
    assert faults(after) - faults(before) == set()
    assert objects(before) <= objects(after)


def objects(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    return {
        (kind, name, owner)
        for kind, name, owner in connection.execute("SELECT type, name, tbl_name FROM sqlite_schema")
        if not name.startswith(("sqlite_autoindex_", HISTORY))
    }


def succeeds(ran: Ran) -> Ran:
    assert ran.code == 0, ran.out + ran.err
    return ran
