"""Every case of the corpus that is applied, taken back, and forth again; with rows written in between and without."""

from __future__ import annotations

import re
import shlex
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from case import Case
from reader import fold, folded, tokens
from rows import faults, lost, state
from test_cases import CASES, set_up

if TYPE_CHECKING:
    from conftest import Stage

_TO_PASTE = re.compile(r"reconcile rollback .+")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING_OR_COMMENT = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL
)
CANNOT = {
    "compare-function-not-loaded": "SQLite drops no column while a collation of the application's is missing",
    "table-becomes-view": "the view has the name that the table should get back: refused, with --restore as the way",
}
RENUMBERED = {
    "compare-int-is-not-integer-primary-key": "its key became the rowid; the numbers that were hidden went with that",
}
APPLIED = [case for case in CASES if case.changes and case.folder.name not in CANNOT]


@pytest.mark.parametrize("case", APPLIED, ids=str)
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
        fresh = (case.history,) if marked else (f"{case.history}_reconcile",)
        complaints += lost(then, now, history=case.history, fresh=fresh)
        states = {**state(then), "journal_mode": ""}, {**state(now), "journal_mode": ""}
        if states[0] != states[1]:
            complaints.append(f"{states[0]} became {states[1]}")
        return complaints + sorted(faults(now) - faults(then))


def schema(connection: sqlite3.Connection, case: Case) -> dict[tuple[str, str], object]:
    """Give every object's text as tokens and comments: SQLite quotes names where a rename went there and back."""
    ours = (fold(case.history), fold(f"{case.history}_reconcile"))
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
