"""The nets beneath the rules: with a rule or a step broken, nothing is committed, and what is told is true."""

from __future__ import annotations

import _sqlite3
import ctypes
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reconcile import applying
from reconcile.plan import catalog, lower, planner, rebuild
from reconcile.plan.hazards import orphans
from reconcile.plan.steps import Method
from reconcile.river import chart, load_desired, wishes
from reconcile.sql.names import literal

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
REBUILT = YAML.replace("amount: INTEGER", "amount: INTEGER DEFAULT 7 UNIQUE")
EDITED = YAML.replace("amount: INTEGER", "amount: INTEGER NOT NULL DEFAULT 7 CHECK (amount > 0)")
REFERENCED = YAML.replace("parent_id: INTEGER", "parent_id: INTEGER REFERENCES parent (id)")
VERIFICATION = 6
SEEN_BY_RULES = ("nulls-in-not-null", "check-violations")


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


@pytest.mark.parametrize("born", ["DEFAULT 5", ""])
def test_rows_that_take_a_default_and_that_no_question_saw_are_found_before_commit(
    place: Site, monkeypatch: pytest.MonkeyPatch, born: str
) -> None:
    """Rows that are older than their column store nothing, and would read whatever the catalog says."""
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.execute(f"ALTER TABLE child ADD COLUMN late INTEGER {born}")
    late = YAML.replace("parent_id: INTEGER", "parent_id: INTEGER, late: INTEGER")
    place.declare(late.replace("late: INTEGER", f"late: INTEGER {born}".strip()))
    assert place.run("apply", "--yes", "--no-backup").code == 0
    looked = planner.default_questions
    monkeypatch.setattr(
        planner, "default_questions", lambda each: ((c, replace(q, predicate="0")) for c, q in looked(each))
    )
    place.declare(late.replace("late: INTEGER", "late: INTEGER DEFAULT 9"))

    assert "no row takes late from its default" in fails(place, VERIFICATION)


@pytest.mark.parametrize(
    ("rows", "claim"),
    [
        ("UPDATE child SET amount = NULL WHERE id = 1", "no row holds NULL in amount"),
        ("UPDATE child SET amount = -1", "no row breaks CHECK"),
    ],
)
def test_rows_that_no_rule_saw_stop_a_catalog_edit(
    place: Site, monkeypatch: pytest.MonkeyPatch, rows: str, claim: str
) -> None:
    monkeypatch.setattr(planner, "RULES", tuple(r for r in planner.RULES if r.codes[0] not in SEEN_BY_RULES))
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.execute(rows)
    place.declare(EDITED.replace("DEFAULT 7", ""))

    assert claim in fails(place, VERIFICATION)


@pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 53), reason="ALTER sets no NOT NULL before SQLite 3.53")
@pytest.mark.parametrize("amount", ["NULL", "-1"])
def test_rows_that_no_rule_saw_stop_an_alter(place: Site, monkeypatch: pytest.MonkeyPatch, amount: str) -> None:
    monkeypatch.setattr(planner, "RULES", tuple(r for r in planner.RULES if r.codes[0] not in SEEN_BY_RULES))
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.execute(f"UPDATE child SET amount = {amount} WHERE id = 1")
    wanted = YAML.replace("amount: INTEGER", "amount: INTEGER NOT NULL")
    place.declare(wanted.replace("parent_id: INTEGER}}", "parent_id: INTEGER}, checks: [amount > 0]}"))

    assert "constraint failed" in fails(place)


@pytest.mark.parametrize(
    ("computed", "claim"),
    [
        ("CASE WHEN amount < 20 THEN amount END", "no row computes NULL for twice"),
        ("amount - 10", "no row breaks CHECK"),
    ],
)
def test_rows_that_compute_what_may_not_be_stop_a_catalog_edit(
    place: Site, monkeypatch: pytest.MonkeyPatch, computed: str, claim: str
) -> None:
    """Behind the edit, where SQLite takes NOT NULL for granted: `IS NULL` would find nothing."""
    monkeypatch.setattr(planner, "RULES", tuple(r for r in planner.RULES if r.codes[0] not in SEEN_BY_RULES))
    twice = "twice: INTEGER NOT NULL AS (amount * 2) CHECK (twice > 0), amount: INTEGER"
    place.declare(YAML.replace("amount: INTEGER", twice))
    assert place.run("apply", "--yes", "--no-backup").code == 0
    place.declare(YAML.replace("amount: INTEGER", twice.replace("amount * 2", computed)))

    assert claim in fails(place, VERIFICATION)


def test_an_edit_that_meets_no_row_of_the_catalog_ends_there(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    place.declare(YAML.replace("amount: INTEGER", "amount: INTEGER CHECK (amount > 0)"))
    monkeypatch.setattr(lower.catalog, "literal", lambda text: literal(text.removeprefix("child")))

    assert "one row of the catalog was edited" in fails(place)


def test_a_text_that_describes_other_bytes_is_not_written(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `fitting` says: what cannot be read is found by the touch, before COMMIT."""
    monkeypatch.setattr(lower.catalog, "fitting", lambda _: "CREATE TABLE child (id INTEGER PRIMARY KEY, amount")
    place.declare(YAML.replace("amount: INTEGER", "amount: INTEGER CHECK (amount > 0)"))

    fails(place)


def test_a_connection_in_defensive_mode_gets_a_rebuild(place: Site) -> None:
    """SQLite ignores the pragma, or refuses the UPDATE: either is seen when planning, without a write."""
    declared = YAML.replace("amount: INTEGER", "amount: INTEGER CHECK (amount > 0)")
    place.declare(declared)
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        assert chart_method(connection, place) == Method.CATALOG
        make_defensive(connection)
        assert chart_method(connection, place) == Method.REBUILD


def test_a_catalog_that_cannot_be_written_is_left_alone(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It became defensive after the plan: the proof that reads the pragma back stops it before the UPDATE."""
    place.declare(YAML.replace("amount: INTEGER", "amount: INTEGER CHECK (amount > 0)"))
    edited = catalog._written

    def ignored(*arguments: Any) -> Iterator[Any]:
        return (a for a in edited(*arguments) if a.sql != "PRAGMA writable_schema = ON")

    monkeypatch.setattr(lower.catalog, "_written", ignored)

    fails(place)


def make_defensive(connection: sqlite3.Connection) -> None:
    """Set SQLITE_DBCONFIG_DEFENSIVE, which Python itself can from 3.12 on."""
    if hasattr(connection, "setconfig"):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # noqa: FBT003
        return
    library = ctypes.CDLL(_sqlite3.__file__)
    handle = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__).value
    defensive = 1010
    if library.sqlite3_db_config(ctypes.c_void_p(handle), defensive, 1, None):
        pytest.skip("this SQLite cannot be told to be defensive")


def chart_method(connection: sqlite3.Connection, place: Site) -> Method:
    """Plan on an open connection, and give how the one table is changed."""
    connection.execute("BEGIN")
    try:
        course = chart(connection, load_desired(place.schema), wishes((), (), column_order=False))
    finally:
        connection.execute("ROLLBACK")
    (work,) = course.plan.works
    return work.method


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
