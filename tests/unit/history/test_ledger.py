"""The ledger: which versions stand after any order of applies and rollbacks, and whose table it may be."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconcile.errors import FailedError
from reconcile.history.ledger import (
    Record,
    WayBack,
    create,
    find,
    last_applied,
    locate,
    managed_at,
    mark_rolled_back,
    mark_undone,
    record,
    row_of,
    standing,
    versions,
)
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import name

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)
TABLE = name("schema_version")
ROW = Record("", "", ("", ""), Schema(()), Schema(()), Schema(()), (), WayBack(), None, 0.0, "0", "3", "")


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        yield opened


def apply(connection, *, undid=()) -> int:
    """Record a version; one that undoes others marks them, as an apply does."""
    number = record(connection, find(connection, TABLE), replace(ROW, way_back=WayBack(undid=undid)), NOW)
    for version in undid:
        mark_undone(connection, find(connection, TABLE), version, NOW)
    return number


def stand(connection) -> list[int]:
    return [step.version for step in standing(connection, find(connection, TABLE))]


def told(connection) -> list[int]:
    """Give the versions that a reader of the plain table sees as not rolled back."""
    query = "SELECT version FROM schema_version WHERE rolled_back_at IS NULL ORDER BY version DESC"
    return [version for (version,) in connection.execute(query)]


@pytest.mark.parametrize(
    ("undoing", "expected"),
    [
        ((), [2, 1]),
        ((2,), [3, 1]),
        ((2, 3), [4, 2, 1]),
        ((2, 3, 4), [5, 3, 1]),
        ((2, 3, 4, 5), [6, 4, 2, 1]),
        ((2, 1), [4, 3]),
        ((2, 1, 4), [5, 3, 1]),
    ],
    ids=str,
)
def test_a_rollback_that_is_undone_brings_its_version_back_however_deep(connection, undoing, expected):
    apply(connection)
    apply(connection)
    for version in undoing:
        apply(connection, undid=(version,))

    assert expected == stand(connection)
    assert expected == told(connection)


def test_what_a_restore_marks_it_marks_and_toggles_nothing(connection):
    for undid in ((), (), (2,)):
        apply(connection, undid=undid)

    mark_rolled_back(connection, find(connection, TABLE), (3,), NOW)

    assert [1] == stand(connection)


def test_what_is_under_management_is_what_the_last_standing_version_wrote(connection):
    ledger = find(connection, TABLE)
    schemas = [Schema((Entry(ObjectKind.TABLE, name(t), name(t), f"CREATE TABLE {t} (x)"),)) for t in ("a", "b")]
    for schema in schemas:
        record(connection, ledger, replace(ROW, managed=schema), NOW)
        ledger = find(connection, TABLE)

    assert schemas[1] == last_applied(connection, ledger).managed
    assert schemas[0] == managed_at(connection, ledger, 1)

    mark_undone(connection, ledger, 2, NOW)

    assert schemas[0] == last_applied(connection, ledger).managed


def test_what_a_way_back_needs_is_read_back_as_it_was_written(connection):
    way_back = WayBack((("new", "old"),), (("t", "b", "a"),), (("t", "c", None, "c / 100.0"),), (7,), restored=True)

    record(connection, find(connection, TABLE), replace(ROW, way_back=way_back, backup="backups/x.db"), NOW)
    (step,) = standing(connection, find(connection, TABLE))

    assert way_back == step.way_back
    assert "backups/x.db" == step.backup


def test_a_way_back_written_before_restores_were_marked_is_still_read(connection):
    record(connection, find(connection, TABLE), ROW, NOW)
    old = json.dumps({"tables": [], "columns": [], "conversions": [], "undid": []})
    connection.execute("UPDATE schema_version_reconcile SET way_back = ?", (old,))

    assert [WayBack()] == [step.way_back for step in standing(connection, find(connection, TABLE))]


def test_an_adopted_history_is_continued_and_not_altered(connection):
    own = "CREATE TABLE schema_version (version INTEGER, description TEXT, applied_at TEXT)"
    connection.execute(own)
    connection.execute("INSERT INTO schema_version VALUES (41, 'theirs', '2020-01-01')")

    number = apply(connection)
    mark_undone(connection, find(connection, TABLE), number, NOW)

    assert 42 == number
    assert (own,) == connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'schema_version'").fetchone()
    told = [(v.number, v.rolled_back_at) for v in versions(connection, find(connection, TABLE))]
    assert [(41, None), (42, "2026-11-22 10:15:02")] == told


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ("version INTEGER, when_done TEXT", "it has no applied_at, description"),
        ("version, description, applied_at, author TEXT NOT NULL", "wants a value for author"),
    ],
)
def test_a_table_of_another_shape_is_refused_with_the_way_out(connection, shape, why):
    connection.execute(f"CREATE TABLE schema_version ({shape})")

    with pytest.raises(FailedError, match=why) as caught:
        record(connection, find(connection, TABLE), ROW, NOW)

    assert "history_table: schema_history" in caught.value.hint
    assert () == standing(connection, find(connection, TABLE))


def test_the_rows_of_versions_are_carried_past_a_restore_whole(connection):
    for _ in range(3):
        apply(connection)
    carried = row_of(connection, find(connection, TABLE), 1)

    assert [[2, 3], [2, 3]] == [[row["version"] for row in rows] for rows in carried.values()]
    with closing(sqlite3.connect(":memory:")) as other:
        create(other, find(other, TABLE))
        columns = {row[0] for row in other.execute("SELECT name FROM pragma_table_xinfo('schema_version_reconcile')")}
        assert columns == set(carried["schema_version_reconcile"][0])


def test_a_history_is_found_without_being_told_its_name(connection):
    assert locate(connection) is None

    create(connection, find(connection, name('it\'s 100%_"ours"')))

    assert name('it\'s 100%_"ours"') == locate(connection)
