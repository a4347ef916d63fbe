"""Every case of the corpus that is applied, taken back, and forth again; with rows written in between and without."""

from __future__ import annotations

import re
import shlex
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
from case import Case
from oracle import quoted
from reader import fold, folded, tokens
from rows import _rows as exact_rows
from rows import faults, lost, rowid, state
from test_cases import CASES, set_up

if TYPE_CHECKING:
    from conftest import Stage

_TO_PASTE = re.compile(r"reconcile rollback .+")
_CAST = re.compile(r"CAST\((.+) AS \w+\)")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING_OR_COMMENT = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL
)
CANNOT = {
    "rename-and-rebuild-beside-a-column-called-true": "SQLite names no column true there: --restore is the way",
    "rename-past-broken-triggers-and-circular-views": "a trigger that went was broken: --restore is the way",
    "rename-column-named-like-a-string": "SQLite's rename writes 'x' for \"x\" in an index: the same, and it stays so",
    "compare-function-not-loaded": "SQLite drops no column while a collation of the application's is missing",
    "table-becomes-view": "the view has the name that the table should get back: refused, with --restore as the way",
}
RENUMBERED = {
    "compare-int-is-not-integer-primary-key": "its key became the rowid; the numbers that were hidden went with that",
    "compare-integer-to-int-primary-key": "its key is the rowid no more, and rows written since have hidden numbers",
    "without-rowid-off": "rows without a rowid get hidden numbers, in the order of their keys",
}
CONVERTED_KEYS = ("rename-key-of-without-rowid-with-rebuild",)  # rows of then and now have no key in common
STOPPED = {  # by what `write` wrote
    "checks-added-and-dropped": "check-violations",
    "compare-string-is-not-text": "wrong-type",
    "consent-drop-table-given": "orphans",
    "drop-column-that-is-a-foreign-key-parent": "orphans",
    "foreign-keys-added-changed-dropped": "orphans",
    "loosened-constraints": "orphans",
}
APPLIED = [
    pytest.param(case, id=str(case), marks=[] if place % 10 == 0 else pytest.mark.soak)
    for place, case in enumerate(case for case in CASES if case.changes and case.folder.name not in CANNOT)
]


@pytest.mark.parametrize("case", APPLIED)
def test_rolled_back_it_is_what_it_was_and_forth_again(case: Case, stage: Stage) -> None:
    applied_with_backup(case, stage)
    copy(case, "app.db", "applied.db")

    back(stage)

    assert same(case, "before.db", "app.db") == []
    copy(case, "app.db", "back.db")

    back(stage)

    assert same(case, "applied.db", "app.db") == []

    back(stage)

    assert same(case, "before.db", "app.db") == []


@pytest.mark.parametrize("case", APPLIED)
def test_what_was_written_since_stays_and_what_was_taken_away_comes_back(case: Case, stage: Stage) -> None:
    applied_with_backup(case, stage)
    copy(case, "app.db", "applied.db")
    with closing(case.connect("app.db")) as connection:
        write(connection, case)
    copy(case, "app.db", "written.db")
    if case.folder.name in STOPPED:
        stopped(case, stage)
        return

    back(stage)

    assert merged(case) == []

    back(stage)

    assert same(case, "written.db", "app.db") == []


def applied_with_backup(case: Case, stage: Stage) -> None:
    set_up(case, stage)
    applied = stage.run("apply", "app.db", "--yes", *case.args)
    assert applied.code == 0, applied.out + applied.err


def back(stage: Stage) -> str:
    """Roll back, and give the consent that the refusal prints, exactly as it prints it."""
    ran = stage.run("rollback", "app.db", "--yes")
    if ran.code == 3:
        lines = _TO_PASTE.findall(ran.out)
        assert lines, ran.out + ran.err
        ran = stage.run(*shlex.split(lines[-1])[1:])
    assert ran.code == 0, ran.out + ran.err
    return ran.out


def stopped(case: Case, stage: Stage) -> None:
    """What cannot go back is named and stays, all of it; and the file as it was can be had instead."""
    refused = stage.run("rollback", "app.db", "--yes")

    assert refused.code == 3, refused.out + refused.err
    assert f"BLOCKED {STOPPED[case.folder.name]}: " in refused.out
    assert same(case, "written.db", "app.db") == []

    restored = stage.run("rollback", "app.db", "--restore", "--yes")

    assert restored.code == 0, restored.out + restored.err
    assert same(case, "before.db", "app.db") == []


def rebuilt_indexes(connection: sqlite3.Connection) -> list[str]:
    """Name the full-text tables over another table's rows: they are made anew from those."""
    query = "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%content%=%'"
    return [name for (name,) in connection.execute(query)]


def copy(case: Case, source: str, target: str) -> None:
    with closing(case.connect(source)) as old, closing(case.connect(target)) as new:
        old.backup(new)


def same(case: Case, expected: str, actual: str) -> list[str]:
    """Say where two databases differ in schema, rows, or what no schema shows; the history apart."""
    with closing(case.connect(expected)) as then, closing(case.connect(actual)) as now:
        schemas = schema(then, case), schema(now, case)
        keys = sorted(schemas[0].keys() | schemas[1].keys())
        complaints = [
            f"{key}\n  then {schemas[0].get(key)}\n  now  {schemas[1].get(key)}"
            for key in keys
            if schemas[0].get(key) != schemas[1].get(key)
        ]
        # Rolling back marks rows of the history, and an adopted one keeps what the application wrote into it.
        marked = _has_rolled_back(then, case.history)
        fresh = [case.history] if marked else [f"{case.history}_reconcile"]
        fresh += own_tables(now, case) if case.folder.name in RENUMBERED else rebuilt_indexes(now)
        complaints += lost(then, now, history=case.history, fresh=fresh)
        states = {**state(then), "journal_mode": ""}, {**state(now), "journal_mode": ""}
        if states[0] != states[1]:
            complaints.append(f"{states[0]} became {states[1]}")
        return complaints + sorted(faults(now) - faults(then))


def schema(connection: sqlite3.Connection, case: Case) -> dict[tuple[str, str], object]:
    """Give every object's text as tokens and comments: SQLite quotes names where a rename went there and back."""
    ours = {fold(case.history), fold(f"{case.history}_reconcile")}
    # Of a virtual table's own tables SQLite quotes the names, once it was renamed.
    shadows = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"
    ours |= {fold(name) for (name,) in connection.execute(shadows)}
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    return {
        (kind, name): (fold(table), folded(tokens(sql)), comments(sql))
        for kind, name, table, sql in connection.execute(query)
        if fold(name) not in ours and not fold(name).startswith("sqlite_")
    }


def comments(sql: str) -> list[str]:
    return [text for text in _STRING_OR_COMMENT.findall(sql) if text.startswith(("--", "/*"))]


def _has_rolled_back(connection: sqlite3.Connection, history: str) -> bool:
    query = "SELECT count(*) FROM pragma_table_xinfo(?) WHERE name = 'rolled_back_at'"
    return connection.execute(query, (history,)).fetchone()[0] == 1


def write(connection: sqlite3.Connection, case: Case) -> None:
    """Insert, update and delete as an application would: a copy of a row, a change, the last row but one gone."""
    connection.execute("PRAGMA foreign_keys = ON")
    for table in own_tables(connection, case):
        query = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0"
        columns = [quoted(name) for (name,) in connection.execute(query, (table,))]
        keys = unique_columns(connection, table)
        alias = [quoted(name) for name in keys if name is not None and is_rowid(connection, table, name)]
        unique = {quoted(name) for name in keys if name is not None}
        given = [column for column in columns if column not in alias]
        values = [_other(column) if column in unique else column for column in given]
        name, place = quoted(table), ", ".join(row_key(connection, table))
        first = f"SELECT {place} FROM {name} ORDER BY {place} LIMIT 1"
        second = f"SELECT {place} FROM {name} ORDER BY {place} LIMIT 1 OFFSET 1"
        insert = f"INSERT INTO {name} ({', '.join(given)}) SELECT {', '.join(values)} FROM {name}"
        attempts = [f"{insert} ORDER BY {place} LIMIT 1"] if given else []
        attempts += [
            f"UPDATE {name} SET {column} = {_other(column)} WHERE ({place}) = ({first})"
            for column in columns
            if column not in unique
        ]
        for sql in [*attempts, f"DELETE FROM {name} WHERE ({place}) = ({second})"]:
            with suppress(sqlite3.Error):  # a CHECK, a trigger or a foreign key may well be against it
                connection.execute(sql)


def _other(column: str) -> str:
    return (
        f"CASE typeof({column}) WHEN 'integer' THEN {column} + 1 + (abs({column}) < 1000000) * 1000"
        f" WHEN 'real' THEN {column} + 1 WHEN 'text' THEN {column} || '7' ELSE {column} END"
    )


def own_tables(connection: sqlite3.Connection, case: Case) -> list[str]:
    ours = {case.history, f"{case.history}_reconcile"}
    return [
        name
        for _, name, kind, *_ in connection.execute("PRAGMA main.table_list").fetchall()
        if kind == "table" and fold(name) not in ours and not fold(name).startswith("sqlite_")
    ]


def unique_columns(connection: sqlite3.Connection, table: str) -> set[str | None]:
    query = """SELECT x.name FROM pragma_index_list(?1) AS i, pragma_index_xinfo(i.name) AS x
               WHERE i."unique" AND x."key" UNION SELECT name FROM pragma_table_xinfo(?1) WHERE pk"""
    return {name for (name,) in connection.execute(query, (table,))}


def is_rowid(connection: sqlite3.Connection, table: str, column: str) -> bool:
    return [column] == [
        name
        for name, kind in connection.execute("SELECT name, type FROM pragma_table_xinfo(?) WHERE pk", (table,))
        if fold(kind) == "integer"
    ]


def row_key(connection: sqlite3.Connection, table: str) -> list[str]:
    """Give what tells the rows of a table apart, as SQL."""
    known = rowid(connection, table)
    query = "SELECT name FROM pragma_table_xinfo(?) WHERE pk ORDER BY pk"
    return [known] if known else [quoted(name) for (name,) in connection.execute(query, (table,))]


def merged(case: Case) -> list[str]:
    """Say where the rows are not those of now with the values of then: an oracle that knows only what was written."""
    with (
        closing(case.connect("before.db")) as before,
        closing(case.connect("applied.db")) as applied,
        closing(case.connect("written.db")) as written,
        closing(case.connect("app.db")) as now,
    ):
        complaints = []
        new_names = {fold(old): new for new, old in case.tables.items()}
        after = {fold(name): name for name in own_tables(applied, case)}
        for table in own_tables(before, case):
            moved = new_names.get(fold(table), table)
            new = after.get(fold(moved))
            if new is None:
                same_rows = _all(before, table) == _all(now, table)
                complaints += [] if same_rows else [f"{table} did not come back with its rows"]
            elif table not in case.fresh and case.folder.name not in (*RENUMBERED, *CONVERTED_KEYS):
                complaints += _merged(case, table, new, (before, applied, written, now))
        return complaints


def _merged(case: Case, table: str, new: str, states: tuple[sqlite3.Connection, ...]) -> list[str]:
    before, applied, written, now = states
    columns = _columns_now(case, table, new, before, applied)
    key_then, key_now = _keys(table, new, columns, before, applied)
    then = _keyed(before, table, key_then)
    right_after, since = _keyed(applied, new, key_now), _keyed(written, new, key_now)
    found = _keyed(now, table, key_then)
    if found.keys() != since.keys():
        return [f"rows of {table}: {sorted(map(str, since))} became {sorted(map(str, found))}"]
    complaints = []
    kinds = _types(before, table), _types(applied, new)
    for key, row in found.items():
        was, made, is_now = then.get(key), right_after.get(key), since[key]
        for column, moved in columns.items():
            if moved is None:
                wanted = was[column] if was else None
            elif was and made and made[moved] == is_now[moved]:
                wanted = was[column]
            elif kinds[0][column] == kinds[1][moved] and moved not in case.values.get(new, {}):
                wanted = is_now[moved]
            else:
                continue
            if wanted is not None and row[column] != wanted:
                complaints.append(f"{table}.{column} of {key}: {wanted} became {row[column]}")
    return complaints


def _columns_now(
    case: Case, table: str, new: str, before: sqlite3.Connection, applied: sqlite3.Connection
) -> dict[str, str | None]:
    """Give, for every column of then that holds values of its own, what it is called after the apply."""
    there = {fold(name): name for name in _types(applied, new)}
    values = case.values.get(new, {})
    here = set(map(fold, _types(before, table)))
    renamed = {fold(_plain(text)): name for name, text in values.items() if fold(_plain(text)) in here}
    out: dict[str, str | None] = {}
    for column in _types(before, table):
        kept = there.get(fold(column))
        out[column] = renamed.get(fold(column), None if kept in renamed.values() else kept)
    return out


def _plain(text: str) -> str:
    """Give the old column that a value is, converted perhaps."""
    return _CAST.sub(r"\1", text).strip('"[]`')


def _types(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    query = "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0"
    return {name: fold(kind) for name, kind in connection.execute(query, (table,))}


def _keys(
    table: str, new: str, columns: dict[str, str | None], before: sqlite3.Connection, applied: sqlite3.Connection
) -> tuple[list[str], list[str]]:
    ids = rowid(before, table), rowid(applied, new)
    if all(ids):
        return [ids[0]], [ids[1]]
    query = "SELECT name FROM pragma_table_xinfo(?) WHERE pk ORDER BY pk"
    names = [name for (name,) in before.execute(query, (table,))]
    return [quoted(name) for name in names], [quoted(columns[name] or name) for name in names]


def _keyed(connection: sqlite3.Connection, table: str, key: list[str]) -> dict[object, dict[str, object]]:
    columns = list(_types(connection, table))
    rows = exact_rows(connection, [*key, *map(quoted, columns)], table)
    return {row[: len(key)]: dict(zip(columns, row[len(key) :], strict=True)) for row in rows}


def _all(connection: sqlite3.Connection, table: str) -> object:
    return exact_rows(connection, [*row_key(connection, table), *map(quoted, _types(connection, table))], table)
