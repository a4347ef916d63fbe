"""Every CREATE of databases that other projects made: it is read, and PRAGMAs say what the reading says.

The files stay outside the repository: in $RECONCILE_DATABASES, or in ../shared/databases beside it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.database.inspect import inspect, misread
from reconcile.model.reading import read_body, read_index, read_table
from reconcile.model.schema import ObjectKind
from reconcile.sql.create import Unreadable, read

_HERE = Path(__file__).resolve().parents[3].parent / "shared" / "databases"
DATABASES = Path(os.environ.get("RECONCILE_DATABASES", _HERE))
FILES = sorted(path for path in DATABASES.glob("*") if path.suffix in (".db", ".sqlite"))

needs_databases = pytest.mark.skipif(not FILES, reason=f"no databases in {DATABASES}; set RECONCILE_DATABASES")

ACCEPTED = [
    "CREATE TABLE t (a CHECK (a > 0 -- positive\n), b AS (a -- the same\n))",
    "CREATE TABLE t (a TEXT PRIMARY KEY, b INT) STRICT",
    "CREATE TABLE t (a INTEGER PRIMARY KEY, b INT) STRICT",
    "CREATE TABLE t (a INT, b INT, PRIMARY KEY (b, a)) WITHOUT ROWID, STRICT",
    "CREATE TABLE t (a INTEGER PRIMARY KEY DESC, b NOT NULL ON CONFLICT IGNORE)",
    "CREATE TABLE t (a INT GENERATED ALWAYS, b GENERATED, c GENERATED ALWAYS AS (a) STORED)",
    "CREATE TABLE t (a UNSIGNED BIG INT, b 'x y' (1, -2), [c d] \"e\" NOT NULL, key key key)",
    "CREATE TABLE t (a CONSTRAINT x CONSTRAINT y NOT NULL CONSTRAINT z, CONSTRAINT w UNIQUE (a) CHECK (a))",
    "CREATE TABLE t (abort, action, after, cast, current, replace, raise, row, temp, without, rowid)",
    "CREATE TABLE t (a REFERENCES t MATCH FULL ON INSERT CASCADE NOT DEFERRABLE INITIALLY DEFERRED, b)",
    "CREATE TABLE t (a DEFAULT abort, b DEFAULT - 1, c DEFAULT +.5e3, d DEFAULT 'x', e DEFAULT [y])",
]


@needs_databases
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_statement_of_a_real_database_is_read(path: Path) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        schema = inspect(connection)
        wrong = {} if "spatialite" in path.name else misread(connection, schema.entries)
    for entry in schema.entries:
        match entry.kind:
            case ObjectKind.TABLE:
                assert entry.name == read_table(entry).name
            case ObjectKind.INDEX:
                assert entry.table == read_index(entry).table
            case ObjectKind.VIEW | ObjectKind.TRIGGER | ObjectKind.VIRTUAL:
                assert entry.name == read_body(entry).name

    assert wrong == {}
    assert schema.entries


@pytest.mark.parametrize("sql", ACCEPTED)
def test_what_sqlite_accepts_is_read_as_it_says(sql: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(sql)
        schema = inspect(connection)
        wrong = misread(connection, schema.entries)

    assert wrong == {}


@pytest.mark.parametrize("sql", ACCEPTED)
def test_a_statement_cut_short_is_refused_where_sqlite_refuses_it(sql: str) -> None:
    """Every prefix of the text: the reader accepts none that SQLite does not."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for end in range(len(sql)):
            try:
                read(sql[:end])
            except Unreadable:
                continue
            connection.execute("SAVEPOINT s")
            connection.execute(sql[:end])
            connection.execute("ROLLBACK TO s")
