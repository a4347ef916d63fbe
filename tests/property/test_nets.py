"""The nets beneath the rules: with a rule or a step broken, nothing is committed, and what is told is true."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from reconcile import applying
from reconcile.plan import planner, rebuild
from reconcile.plan.hazards import orphans

from .drive import REFUSED, Site
from .model import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = """
    CREATE TABLE parent (id INTEGER PRIMARY KEY, note TEXT);
    CREATE TABLE child (id INTEGER PRIMARY KEY, amount INTEGER, other INTEGER, parent_id INTEGER);
    INSERT INTO parent VALUES (1, 'one');
    INSERT INTO child VALUES (1, 10, 20, 1), (2, 30, 40, 99);
"""
YAML = """\
version: 1
tables:
  parent: {columns: {id: INTEGER PRIMARY KEY, note: TEXT}}
  child: {columns: {id: INTEGER PRIMARY KEY, amount: INTEGER, other: INTEGER, parent_id: INTEGER}}
"""
REBUILT = YAML.replace("amount: INTEGER", "amount: INTEGER DEFAULT 7")
REFERENCED = YAML.replace("parent_id: INTEGER", "parent_id: INTEGER REFERENCES parent (id)")
VERIFICATION = 6


@pytest.fixture
def place(tmp_path: Path) -> Site:
    """A database under management."""
    place = Site(tmp_path)
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.executescript(TABLES)
    place.declare(YAML)
    assert place.run("apply", "--yes", "--no-backup").code == 0
    return place


def entries(place: Site) -> list[tuple]:
    """Give the schema, the rows and the versions as another program sees them."""
    with closing(sqlite3.connect(place.database)) as connection:
        queries = (
            "SELECT type, name, sql FROM sqlite_master ORDER BY name",
            "SELECT * FROM child",
            "SELECT count(*) FROM schema_version_reconcile",
        )
        return [connection.execute(query).fetchall() for query in queries]


def fails(place: Site, code: int | None = None) -> str:
    """See an apply fail that changes nothing; give what it said."""
    before = entries(place)
    ran = place.run("apply", "--yes", "--no-backup")
    assert ran.code not in (0, 2), ran
    assert code is None or ran.code == code, ran
    assert entries(place) == before, ran
    return ran.out + ran.err


def test_orphans_that_no_rule_saw_are_found_before_commit(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "RULES", tuple(rule for rule in planner.RULES if rule is not orphans.RULE))
    place.declare(REFERENCED)

    assert "parent" in fails(place, VERIFICATION)


@pytest.mark.parametrize("broken", ["REFERENCES gone", "REFERENCES parent (note)"])
def test_a_key_that_was_broken_before_hides_no_other(place: Site, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """One points to a table that is not there, one to a column that is not unique: SQLite cannot check it at all."""
    odd = f"  odd: {{columns: {{a: TEXT {broken}, b: INTEGER REFERENCES parent}}}}\n"
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.execute(f"CREATE TABLE odd (a TEXT {broken}, b INTEGER REFERENCES parent)")
        connection.execute("INSERT INTO odd VALUES ('one', 1)")
    monkeypatch.setattr(planner, "RULES", tuple(rule for rule in planner.RULES if rule is not orphans.RULE))
    place.declare(REFERENCED + odd)

    assert "1 row of child would point to no row of parent" in fails(place, VERIFICATION)


def test_values_that_came_over_wrong_are_found_before_commit(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows as before, each with the values of two columns exchanged."""
    straight = rebuild._assignments

    def crossed(rows: Any) -> Iterator[tuple[str, str]]:
        turned = {'was."amount"': 'was."other"', 'was."other"': 'was."amount"'}
        return ((column, turned.get(value, value)) for column, value in straight(rows))

    monkeypatch.setattr(rebuild, "_assignments", crossed)
    place.declare(REBUILT)

    assert "every kept value equal" in fails(place, VERIFICATION)


def test_rows_that_were_left_out_are_found_before_commit(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def part(_: Any, table: str) -> str:
        return f"(SELECT * FROM {quoted(table)} WHERE id > 1) AS was"

    monkeypatch.setattr(rebuild.Mapping, "moved_source", part)
    place.declare(REBUILT)

    assert "as many rows as before" in fails(place, VERIFICATION)


def test_a_history_that_cannot_be_written_takes_the_change_back(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        message = "database or disk is full"
        raise sqlite3.OperationalError(message)

    monkeypatch.setattr(applying, "record", full)
    place.declare(REBUILT)

    fails(place)


def test_an_error_after_the_commit_landed_does_not_say_rolled_back(
    place: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P13: an EACCES on unlock comes after the commit."""

    def late(connection: sqlite3.Connection, _: float) -> None:
        connection.execute("COMMIT")
        message = "disk I/O error"
        raise sqlite3.OperationalError(message)

    monkeypatch.setattr(applying, "commit", late)
    place.declare(REBUILT)
    before = entries(place)

    ran = place.run("apply", "--yes", "--no-backup")

    assert ran.code != 0, ran
    assert entries(place) != before
    assert "The change is committed." in ran.out + ran.err, ran


def test_a_backup_holds_what_only_the_wal_holds(place: Site) -> None:
    """P23: another connection is open, so that nothing has been written back to the main file."""
    with closing(sqlite3.connect(place.database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("INSERT INTO child VALUES (3, 50, 60, 1)")
        place.declare(REBUILT)

        ran = place.run("apply", "--yes")

    assert ran.code == 0, ran
    (backup,) = (place.folder / "backups").glob("live_*.db")
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT amount FROM child").fetchall() == [(10,), (30,), (50,)]


def test_what_goes_is_asked_for_by_name(place: Site) -> None:
    """P8: a column with values, and values that do not come back."""
    place.declare(YAML.replace(" note: TEXT", "").replace("INTEGER PRIMARY KEY,}", "INTEGER PRIMARY KEY}"))

    assert "drop-column:parent.note" in fails(place, REFUSED)


@pytest.mark.parametrize("value", ["'007'", "'1e3'", "' 5 '", "'1.50'"])
def test_values_that_would_not_come_back_are_asked_for_by_name(place: Site, value: str) -> None:
    """P5, P8: text that is a number, though not as a number is written."""
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.execute(f"UPDATE parent SET note = {value}")
    place.declare(YAML.replace("note: TEXT", "note: NUMERIC"))

    assert "lossy-conversion:parent.note" in fails(place, REFUSED)


@pytest.mark.parametrize(
    ("rule", "yaml", "code"),
    [
        ("UNIQUE (word)", "unique: [[word]]", "duplicates"),
        ("CONSTRAINT soft CHECK (word <> 'B')", "checks: {soft: word <> 'B'}", "check-violations"),
    ],
)
def test_the_new_collation_is_the_one_that_counts(tmp_path: Path, rule: str, yaml: str, code: str) -> None:
    """P9: 'a' and 'A' are two values until the column compares without case."""
    place = Site(tmp_path)
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT, {rule})")
        connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'A'), (3, 'b')")
    declared = f"version: 1\ntables:\n  t: {{columns: {{id: INTEGER PRIMARY KEY, word: TEXT}}, {yaml}}}\n"
    place.declare(declared)
    assert place.run("apply", "--yes", "--no-backup").code == 0
    place.declare(declared.replace("word: TEXT", "word: TEXT COLLATE NOCASE"))
    before = place.snapshot()

    ran = place.run("apply", "--yes", "--no-backup")

    assert ran.code == REFUSED, ran
    assert code in ran.out + ran.err, ran
    assert place.snapshot() == before
