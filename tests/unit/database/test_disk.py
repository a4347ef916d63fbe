"""What rows weigh, what is free, and how fast a machine is: what a plan's estimates are made from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.database import disk
from reconcile.database.disk import Backups, free_in, pace, sampled, survey, weigh
from reconcile.model.facts import Answer, Facts, RowCount
from reconcile.sql.names import name

T, OTHER = name("t"), name("other")
ROWS = 20_000
FACTS = Facts({RowCount(T): Answer(ROWS)})


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT, c INTEGER)")
        connection.execute("CREATE TABLE other (x)")
        connection.execute("CREATE INDEX by_c ON t (c, a)")
        connection.execute("BEGIN")
        rows = ((f"name {i * 7919 % ROWS:06}", "some text of a usual length " * 3, i) for i in range(ROWS))
        connection.executemany("INSERT INTO t (a, b, c) VALUES (?, ?, ?)", rows)
        connection.execute("INSERT INTO other VALUES (zeroblob(500000))")
        connection.execute("COMMIT")
        yield connection


def has_dbstat() -> bool:
    with closing(sqlite3.connect(":memory:")) as scratch:
        return any(option == "ENABLE_DBSTAT_VTAB" for (option,) in scratch.execute("PRAGMA compile_options"))


def pages(db: sqlite3.Connection, *names: str) -> int:
    marks = ", ".join("?" * len(names))
    return int(db.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({marks})", names).fetchone()[0])


@pytest.mark.skipif(not has_dbstat(), reason="this SQLite was built without dbstat")
def test_a_table_weighs_its_pages_and_its_indexes_those_of_constraints_too(db: sqlite3.Connection) -> None:
    weight = weigh(db, FACTS, {name("new_t"): name("T")})["new_t"]

    assert pages(db, "t") == weight.table
    assert pages(db, "by_c", "sqlite_autoindex_t_1") == weight.indexes


def test_without_dbstat_a_sample_of_rows_comes_near(db: sqlite3.Connection) -> None:
    weight, estimate = weigh(db, FACTS, {T: T})["t"], sampled(db, T, FACTS)

    assert estimate.table == pytest.approx(weight.table, rel=0.35)
    assert estimate.indexes == pytest.approx(weight.indexes, rel=0.6)


def test_without_dbstat_a_table_of_very_many_columns_is_weighed_too() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f'CREATE TABLE t ("true", {", ".join(f"c{number}" for number in range(1900))})')
        db.execute("INSERT INTO t (c0, c1899) VALUES ('some', 'text')")

        assert sampled(db, T, FACTS).table > 0


def test_without_dbstat_nothing_weighs_more_than_the_file(db: sqlite3.Connection) -> None:
    size = Path(db.execute("PRAGMA database_list").fetchone()[2]).stat().st_size
    many = Facts({RowCount(T): Answer(10**9)})

    assert size == sampled(db, T, many).both
    assert 0 == sampled(db, OTHER, Facts()).both


def test_the_survey_reads_the_file(db: sqlite3.Connection, tmp_path: Path) -> None:
    db.execute("DELETE FROM other")
    storage = survey(db, FACTS, {T: T}).storage

    assert (tmp_path / "app.db").stat().st_size == storage.size
    assert storage.unused >= 400_000
    assert {"t"} == set(storage.weights)
    assert (False, None, None) == (storage.wal, storage.copied, storage.elsewhere)
    assert free_in(tmp_path) == pytest.approx(storage.free, rel=0.1)
    assert 1.0 == storage.pace  # so little is not worth a measurement


def test_wal_and_secure_delete_are_seen(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA secure_delete = ON")
    erasing = survey(db, FACTS, {}).storage
    db.execute("PRAGMA secure_delete = FAST")

    assert (True, True) == (erasing.wal, erasing.erases)
    assert not survey(db, FACTS, {}).storage.erases


def test_in_memory_nothing_is_free_or_not() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        assert None is survey(db, Facts(), {}).storage.free


def test_a_folder_that_is_not_there_yet_lies_where_it_will_be(tmp_path: Path) -> None:
    assert free_in(tmp_path) == pytest.approx(free_in(tmp_path / "backups" / "daily"), rel=0.1)
    assert None is free_in(None)


def test_backups_on_another_disk_are_seen(db: sqlite3.Connection, tmp_path: Path) -> None:
    here = survey(db, FACTS, {}, Backups(tmp_path / "backups", taken=True)).storage
    shm = Path("/dev/shm")  # noqa: S108 - only looked at
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk here")
    there = survey(db, FACTS, {}, Backups(shm / "backups", taken=False)).storage

    assert (None, True) == (here.elsewhere, here.copied)
    assert (free_in(shm), False) == (pytest.approx(there.elsewhere, rel=0.1), there.copied)


def test_a_machine_that_is_twice_as_slow_has_twice_the_pace() -> None:
    ticks = iter([10.0, 10.0 + 2 * disk._REFERENCE])

    assert 2.0 == pytest.approx(pace(lambda: next(ticks)))
    assert 0.1 <= pace() <= 10.0


def test_what_is_large_is_measured(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_WORTH_MEASURING", 1_000_000)
    monkeypatch.setattr(disk, "pace", lambda: 3.0)

    assert 3.0 == survey(db, FACTS, {T: T}).storage.pace
    assert 1.0 == survey(db, FACTS, {}).storage.pace
