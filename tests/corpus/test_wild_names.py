"""Databases that other projects made, with every name made hostile (P22): they behave as under their own names.

The hostile twin is made by SQLite's own ALTER … RENAME, never by reconcile: it is the oracle of the renames.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest
from oracle import differences, quoted
from reader import fold
from rows import faults, lost, state
from test_wild import FILES, live, nothing_lost, pytestmark, succeeds, take_over, turn, write

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Stage

__all__ = ["live", "pytestmark"]  # what pytest looks for in a module

LATER = ("datasette_spatialite.db", "northwind.db", "vibe-kanban_seed.sqlite")
under_hostile_names = pytest.mark.parametrize(
    "live",
    [pytest.param(path, id=path.name, marks=[pytest.mark.soak] * (path.name in LATER)) for path in FILES],
    indirect=True,
)
HOSTILE = (
    "select",
    "a b",
    'do"ub"le',
    "it's",
    "semi;colon",
    "--dash",
    "/*c*/",
    "ti`ck",
    "brack[et]",
    "new\nline",
    "null",
    "1:30",
    "größe🙂",
    "{0}%s",
    "\u202eright",
    "CHECK (",
)


@under_hostile_names
def test_the_plan_has_the_same_shape(live: Path, stage: Stage) -> None:
    """P22: every table rebuilt at once, under plain and under hostile names."""
    shapes = []
    for hostile in (False, True):
        if hostile:
            with closing(sqlite3.connect("before.db", isolation_level=None)) as connection:
                make_hostile(connection)
            shutil.copyfile("before.db", live)
        taken = take_over(stage)
        assert stage.run("plan", live.name, "--exit-code").code == 0
        write(stage, {**taken, "tables": {name: turn(table) for name, table in taken["tables"].items()}})
        planned = stage.run("plan", live.name, "--column-order", "--format", "json")
        shapes.append((planned.code, shape(json.loads(planned.out))))
    assert shapes[0] == shapes[1]
    if planned.code != 0:
        return  # a module is missing: refused by name, under either
    succeeds(stage.run("apply", live.name, "--column-order", "--yes", "--no-backup"))
    with closing(sqlite3.connect("before.db")) as before, closing(sqlite3.connect(live)) as after:
        nothing_lost(before, after)
    assert stage.run("check", live.name).code == 0


@under_hostile_names
def test_renamed_by_a_plan_it_is_what_sqlite_makes_of_it(live: Path, stage: Stage) -> None:
    """Every table and column gets a hostile name in one plan: all follow, and no row is lost."""
    shutil.copyfile("before.db", "twin.db")
    with closing(sqlite3.connect("twin.db", isolation_level=None)) as twin:
        sound = views_that_work(twin)
        renamed = make_hostile(twin)
        # A view on a view whose columns have no names of their own cannot follow: that is blocked by name.
        lost_views = sound - views_that_work(twin)
        drop_views(twin, lost_views)
    with closing(sqlite3.connect("before.db", isolation_level=None)) as before:
        drop_views(before, lost_views)
    shutil.copyfile("twin.db", live)
    wanted = take_over(stage)
    shutil.copyfile("before.db", live)
    write(stage, with_hints(wanted, renamed))
    succeeds(stage.run("apply", live.name, "--yes", "--no-backup"))

    assert stage.run("check", live.name).code == 0
    with (
        closing(sqlite3.connect("before.db")) as before,
        closing(sqlite3.connect(live)) as after,
        closing(sqlite3.connect("twin.db")) as twin,
    ):
        assert differences(after, twin, column_order=True) == []
        tables = {new: old for new, (old, _) in renamed.items()}
        values = {new: {name: quoted(was) for name, was in columns.items()} for new, (_, columns) in renamed.items()}
        assert lost(before, after, tables=tables, values=values) == []
        assert state(before) == state(after)
        assert faults(after, tables) - faults(before) == set()


def make_hostile(connection: sqlite3.Connection) -> dict[str, tuple[str, dict[str, str]]]:
    """Rename every table and column; give new table -> (old table, new column -> old column)."""
    texts = connection.execute("SELECT sql FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'")
    virtual = fold(" ".join(sql for (sql,) in texts))
    kinds = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA main.table_list")}
    # A view that cannot be resolved would stop every rename (lang_altertable.html): this is the way past it.
    connection.execute("PRAGMA writable_schema = ON")
    renamed = {}
    number = 0
    for table, kind in kinds.items():
        # A virtual table names its content in its own text, and SQLite does not follow there.
        if kind != "table" or fold(table).startswith("sqlite_") or fold(table) in virtual:
            continue
        columns = {}
        names = connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,)).fetchall()
        for (column,) in names:
            number += 1
            new = f"{HOSTILE[number % len(HOSTILE)]} {number}"
            connection.execute(f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(column)} TO {quoted(new)}")
            columns[new] = column
        number += 1
        new = f"{HOSTILE[number % len(HOSTILE)]} {number}"
        connection.execute(f"ALTER TABLE {quoted(table)} RENAME TO {quoted(new)}")
        connection.execute("UPDATE sqlite_stat1 SET tbl = ? WHERE tbl = ?", (new, table)) if _analysed(
            connection
        ) else 0
        renamed[new] = (table, columns)
    connection.execute("PRAGMA writable_schema = RESET")
    return renamed


def views_that_work(connection: sqlite3.Connection) -> set[str]:
    found = set()
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall():
        with suppress(sqlite3.Error):
            connection.execute(f"EXPLAIN SELECT * FROM {quoted(name)}")
            found.add(name)
    return found


def drop_views(connection: sqlite3.Connection, names: set[str]) -> None:
    for name in sorted(names):
        connection.execute(f"DROP VIEW {quoted(name)}")


def _analysed(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").fetchone())


def with_hints(document: dict[str, Any], renamed: dict[str, tuple[str, dict[str, str]]]) -> dict[str, Any]:
    tables = {}
    for name, table in document["tables"].items():
        tables[name] = table
        if name in renamed and "columns" in table:
            old, columns = renamed[name]
            hinted = {
                column: {**(said if isinstance(said, dict) else {"sql": said}), "renamed_from": columns[column]}
                for column, said in table["columns"].items()
            }
            tables[name] = {**table, "renamed_from": old, "columns": hinted}
    return {**document, "tables": tables}


def shape(plan: dict[str, Any]) -> object:
    """Give what a plan does, without names."""
    changes = [(c["kind"], c.get("method"), [e["kind"] for e in c.get("edits", [])]) for c in plan["changes"]]
    return plan["summary"], sorted(changes, key=repr), len(plan["steps"])
