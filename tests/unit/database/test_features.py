"""What a version of SQLite can hold: the rest is refused with the version that it needs, and SQLite agrees on that."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.database import materialise
from reconcile.errors import SchemaFileError
from reconcile.model.engine import Engine
from reconcile.model.features import FEATURES, Feature, lacking
from reconcile.river import load_desired

T = "CREATE TABLE t (a TEXT, b INT)"
USES = {
    "STRICT": [
        "CREATE TABLE s (a TEXT) STRICT",
        "CREATE TABLE s (a TEXT PRIMARY KEY) WITHOUT ROWID, strict",
        "CREATE TABLE s (a TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    ],
    "-> and ->>": ["CREATE TABLE j (a TEXT, CHECK (a ->> '$.b' <> 1))", "CREATE TABLE j (a, b AS (a -> 'b'))"],
    "IS DISTINCT FROM": [
        "CREATE TABLE d (a, CHECK (a IS DISTINCT FROM 1))",
        "CREATE INDEX i ON t (a IS NOT DISTINCT FROM 1)",
    ],
    "RIGHT and FULL JOIN": [
        "CREATE VIEW v AS SELECT t.a FROM t RIGHT JOIN t AS u ON u.a = t.a",
        "CREATE VIEW v AS SELECT t.a FROM t FULL OUTER JOIN t AS u ON u.a = t.a",
    ],
    "a number with _ in it": ["CREATE TABLE n (a DEFAULT 1_000)"],
    "an expression as the message of RAISE": [
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT RAISE(ABORT, 'no ' || NEW.a); END"
    ],
}
OLD = [
    "CREATE TABLE o (a, strict)",
    "CREATE TABLE o (strict TEXT, b CHECK (b <> 'x -> y'))",
    "CREATE VIEW o AS SELECT DISTINCT a FROM t LEFT JOIN t AS u USING (a)",
    "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT RAISE(ABORT, 'no'), RAISE(IGNORE); END",
    "CREATE TABLE _1_0 (a DEFAULT 10)",
]
CASES = [(feature, sql) for feature in FEATURES for sql in USES[feature.name]]


def loaded(folder: Path, sql: str) -> list[str]:
    (folder / "wanted.sql").write_text(f"{T};\n{sql};\n")
    try:
        load_desired(folder / "wanted.sql")
    except SchemaFileError as error:
        return [f"{problem.line}: {problem.message}" for problem in error.problems]
    return []


@pytest.mark.parametrize(("feature", "sql"), CASES)
def test_what_an_older_sqlite_cannot_hold_is_refused_with_the_version_that_it_needs(
    feature: Feature, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = Engine((feature.since[0], feature.since[1] - 1, 9))
    monkeypatch.setattr(materialise, "engine", lambda: older)

    assert loaded(tmp_path, sql) == [
        f"2: {feature.name} needs SQLite {feature.version} or later, and this Python has {older.text}"
    ]
    assert lacking(sql, Engine(feature.since)) == ()


@pytest.mark.parametrize(("feature", "sql"), CASES)
def test_the_versions_are_those_of_this_sqlite(feature: Feature, sql: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(T)
        try:
            connection.execute(sql)
            works = True
        except sqlite3.Error:
            works = False

    assert works == (sqlite3.sqlite_version_info >= feature.since)


@pytest.mark.parametrize("sql", OLD)
def test_what_every_sqlite_can_hold_is_not_refused(sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materialise, "engine", lambda: Engine((3, 25, 0)))

    assert loaded(tmp_path, sql) == []
