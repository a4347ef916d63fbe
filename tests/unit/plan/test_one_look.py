"""Apply looks at rows once, or not at all, and leaves out no look that anything has made worthless."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconcile import applying
from reconcile.errors import BlockedError, VerificationError
from reconcile.plan.mapping import Mapped
from reconcile.plan.steps import Run, Step

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from workbench import Bench

TABLES = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t ({});"
PLAIN = "id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c INTEGER"
ROWS = "INSERT INTO p VALUES (1), (2); INSERT INTO t (id, a, b, c) VALUES (1, 'x', 1, 1), (2, 'y', 2, 2);"
LOOKS = re.compile(r'count\(|\bEXISTS\b.*"t"|foreign_key_check|quick_check|integrity_check', re.DOTALL)
NONE = re.compile(r"SELECT (?:EXISTS \(SELECT 1 FROM main\.\"\w+\"\)|count\(\*\) FROM pragma_|max\()")


def looks(bench: Bench) -> list[str]:
    """Apply, and give the statements that pass over rows of the user's."""
    seen: list[str] = []

    def prepare(connection: sqlite3.Connection) -> None:
        files = [row[2] for row in connection.execute("PRAGMA database_list")]
        if any(files):  # and no scratch database
            connection.set_trace_callback(seen.append)

    bench.by(prepare=prepare).apply()
    ours = (sql for sql in seen if not re.search("schema_version|sqlite_schema$|^-- ", sql))
    return [sql for sql in ours if LOOKS.search(sql) and not NONE.match(sql)]


def steps(monkeypatch: pytest.MonkeyPatch, change: Callable[[tuple[Step, ...]], tuple[Step, ...]]) -> None:
    """Let apply carry out other steps than those of its plan."""
    real = applying.execute

    def execute(connection: object, plan: object, *rest: object) -> None:
        real(connection, replace(plan, steps=change(plan.steps)), *rest)

    monkeypatch.setattr(applying, "execute", execute)


def first(monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    steps(monkeypatch, lambda planned: (Step("first", "", (Run(sql),)), *planned))


def without(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    steps(monkeypatch, lambda planned: tuple(step for step in planned if step.title != title))


NOT_NULL = PLAIN.replace("a TEXT", "a TEXT NOT NULL CHECK (a <> '')")  # a CHECK of a column is no work for ALTER (3.53)
CHECK = PLAIN.replace("b INTEGER", "b INTEGER CHECK (b > 0)")
KEY = PLAIN.replace("c INTEGER", "c INTEGER REFERENCES p")


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (NOT_NULL, 1),
        (CHECK, 1),
        (KEY, 1),
        (NOT_NULL.replace("b INTEGER", "b INTEGER CHECK (b > 0)"), 1),
        (PLAIN + ", d TEXT", 0),
        (PLAIN + ", d INTEGER NOT NULL DEFAULT 0", 0),
        (PLAIN + ", d INTEGER REFERENCES p", 0),
        (PLAIN.replace("a TEXT", "a VARCHAR(9)"), 0),
    ],
)
def test_rows_are_looked_at_once_or_not_at_all(bench: Bench, wanted: str, taken: int) -> None:
    bench.before(TABLES.format(PLAIN) + ROWS)
    bench.wanted(TABLES.format(wanted))

    assert taken == len(found := looks(bench)), found
    assert not bench.plan().steps


def test_what_was_seen_before_a_column_goes_is_looked_at_again(bench: Bench) -> None:
    """DROP COLUMN writes every row, and tells nobody."""
    bench.before(TABLES.format(PLAIN) + ROWS)
    bench.wanted(TABLES.format(PLAIN))
    bench.apply()
    bench.wanted(TABLES.format(NOT_NULL.replace(", c INTEGER", "")))

    assert 'SELECT NOT EXISTS (SELECT 1 FROM main."t" WHERE "a" IS NULL)' in looks(bench.by(allow=("drop-column:t.c",)))


RENAMED = """
version: 1
tables:
  p: {columns: {id: INTEGER PRIMARY KEY}}
  u: {renamed_from: t, columns: {id: INTEGER PRIMARY KEY, a: TEXT, b: INTEGER, c: INTEGER REFERENCES p,
      up: INTEGER REFERENCES u}}
  child: {columns: {id: INTEGER PRIMARY KEY, t: INTEGER REFERENCES u}}
"""


def test_a_renamed_table_is_looked_at_by_nobody(bench: Bench) -> None:
    """Its rows lie where they lay, and what points to it, or from it, is between the same columns."""
    bench.before(
        TABLES.format(KEY + ", up INTEGER REFERENCES t")
        + ROWS
        + "CREATE TABLE child (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t); INSERT INTO child VALUES (1, 1);"
    )
    bench.source.schema.with_suffix(".yaml").write_text(RENAMED)
    yaml = bench.by(schema=bench.source.schema.with_suffix(".yaml"))

    assert [] == looks(yaml)
    assert not yaml.plan().steps


def test_a_new_table_may_point_to_a_renamed_one_at_once(bench: Bench) -> None:
    bench.before(TABLES.format(KEY + ", up INTEGER REFERENCES t") + ROWS)
    yaml = bench.by(schema=bench.source.schema.with_suffix(".yaml"))
    yaml.wanted(RENAMED)

    yaml.apply()

    assert not yaml.plan().steps


@pytest.mark.parametrize(
    ("wanted", "harm", "claim"),
    [
        (NOT_NULL, "UPDATE t SET a = NULL WHERE id = 1", "no row holds NULL in a"),
        (CHECK, "UPDATE t SET b = -1 WHERE id = 1", "no row breaks CHECK"),
        (CHECK, "INSERT INTO t (id, b) VALUES (3, -1)", "no row breaks CHECK"),
        (KEY, "UPDATE t SET c = 9 WHERE id = 1", "1 row of t would point to no row of p"),
        (KEY, "DELETE FROM p WHERE id = 2", "1 row of t would point to no row of p"),
    ],
)
def test_a_step_that_writes_to_a_table_makes_what_was_seen_of_it_worthless(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, wanted: str, harm: str, claim: str
) -> None:
    bench.before(TABLES.format(PLAIN) + ROWS)
    bench.wanted(TABLES.format(wanted))
    first(monkeypatch, harm)

    with pytest.raises(VerificationError, match=re.escape(claim)):
        bench.apply()

    assert [(1, "x", 1, 1), (2, "y", 2, 2)] == bench.rows("SELECT * FROM t")


def test_a_check_that_compares_otherwise_is_judged_behind_the_edit(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked before rests on what a collation was said to be; behind the edit SQLite compares by it."""
    bench.before(TABLES.format(PLAIN) + ROWS)
    bench.wanted(TABLES.format(PLAIN.replace("a TEXT", "a TEXT COLLATE NOCASE CHECK (a <> 'X')")))
    monkeypatch.setattr(Mapped, "value", property(lambda mapped: mapped.expression))

    with pytest.raises(VerificationError, match="no row breaks CHECK"):
        bench.apply()


TWINS = "CREATE TABLE {} (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE {} (id INTEGER PRIMARY KEY, a TEXT);"
SWAPPED = """
version: 1
tables:
  one: {renamed_from: two, columns: {id: INTEGER PRIMARY KEY, a: TEXT}}
  two: {renamed_from: one, columns: {id: INTEGER PRIMARY KEY, a: TEXT}}
"""


@pytest.mark.parametrize(("vacuum", "told"), [("NONE", "would hold other rows"), ("FULL", "had . rows and would have")])
def test_two_tables_of_one_shape_are_told_apart_by_where_they_lie(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, vacuum: str, told: str
) -> None:
    """With auto_vacuum pages move, and only the rows tell."""
    bench.before(f"PRAGMA auto_vacuum = {vacuum}; VACUUM; {TWINS.format('one', 'two')} INSERT INTO one VALUES (1, 'x')")
    yaml = bench.by(schema=bench.source.schema.with_suffix(".yaml"))
    yaml.wanted(re.sub("renamed_from: ..., ", "", SWAPPED))
    yaml.apply()
    yaml.wanted(SWAPPED)
    with monkeypatch.context() as planted:
        without(planted, "rename")
        with pytest.raises(VerificationError, match=told):
            yaml.apply()
    assert [(1, "x")] == bench.rows("SELECT * FROM one")

    yaml.apply()

    assert [(1, "x")] == bench.rows("SELECT * FROM two")


@pytest.mark.parametrize("options", ["", " WITHOUT ROWID"])
def test_a_table_made_anew_in_its_old_page_is_not_taken_for_itself(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    """Who drops a table and makes one gets the page that became free: where it lies proves nothing then."""
    one = f"CREATE TABLE one (id INTEGER PRIMARY KEY, a TEXT){options}"
    bench.before(f"{one}; INSERT INTO one VALUES (1, 'x')")
    bench.wanted(one.replace("a TEXT", "a TEXT, b TEXT"))
    root = bench.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'one'")
    harm = Step("harm", "", (Run("DROP TABLE one"), Run(one)))
    steps(monkeypatch, lambda planned: (harm, *planned))
    laid = []
    monkeypatch.setattr(applying, "verify", watched(applying.verify, laid))

    with pytest.raises(VerificationError, match="would hold other rows"):
        bench.apply()

    assert root == laid
    assert [(1, "x")] == bench.rows("SELECT * FROM one")


def test_a_new_column_may_hide_the_last_name_of_the_rowid(bench: Bench) -> None:
    two = "CREATE TABLE one (rowid TEXT, _rowid_ TEXT{})"
    bench.before(f"{two.format('')}; INSERT INTO one VALUES ('x', 'y')")
    bench.wanted(two.format(", oid TEXT"))

    bench.apply()

    assert [("x", "y", None)] == bench.rows("SELECT * FROM one")


def watched(verify: Callable[..., object], laid: list[tuple[int]]) -> Callable[..., object]:
    """Keep where the table lies when it is verified: in the same page, or the test would show nothing."""

    def verified(connection: sqlite3.Connection, *rest: object) -> object:
        laid.extend(connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'one'"))
        return verify(connection, *rest)

    return verified


def test_a_file_whose_pages_move_loses_and_blames_nothing(bench: Bench) -> None:
    """With auto_vacuum the root page of the last table goes to where the dropped one was."""
    rows = "INSERT INTO two VALUES (1, 'x');"
    bench.before(f"PRAGMA auto_vacuum = FULL; VACUUM; {TWINS.format('one', 'two')} {rows}")
    yaml = bench.by(schema=bench.source.schema.with_suffix(".yaml"))
    yaml.wanted("version: 1\ntables:\n  three: {renamed_from: two, columns: {id: INTEGER PRIMARY KEY, a: TEXT}}\n")
    yaml.apply()
    yaml.before("CREATE TABLE last (a); INSERT INTO last VALUES (7)")
    before = bench.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'last'")
    dropping = yaml.by(drop=("table:one",))

    dropping.apply()

    assert before != bench.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'last'")
    assert [(7,)] == bench.rows("SELECT a FROM last")


GHOST = "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p); INSERT INTO c VALUES (1, 1), (2, 9);"


def test_a_table_may_take_the_name_to_which_others_point(bench: Bench) -> None:
    """They point to nothing before, and afterwards to a table whose rows were never theirs: these are looked at."""
    bench.before(f"{GHOST} CREATE TABLE q (id INTEGER PRIMARY KEY); INSERT INTO q VALUES (1)")
    yaml = bench.by(schema=bench.source.schema.with_suffix(".yaml"))
    yaml.wanted(
        "version: 1\ntables:\n  p: {renamed_from: q, columns: {id: INTEGER PRIMARY KEY}}\n"
        "  c: {columns: {id: INTEGER PRIMARY KEY, p: INTEGER REFERENCES p}}\n"
    )

    try:
        notes = yaml.apply().notes
    except VerificationError as error:  # where the foreign keys of `c` are only followed
        notes = (f"refused: {error}",)
    assert ("2 rows of c pointed to no row of p before, as now",) == notes
    assert [("c", 2, "p", 0)] == bench.rows("PRAGMA foreign_key_check")


BLOCKED = TABLES.format(PLAIN) + ROWS + "UPDATE t SET c = 9 WHERE id = 2;"


@pytest.mark.parametrize("backup", [False, True])
def test_orphans_that_are_found_behind_the_edit_block_as_if_they_had_been_asked_for(
    bench: Bench, *, backup: bool
) -> None:
    bench.before(BLOCKED)
    bench.wanted(TABLES.format(KEY))
    planned, folder = bench.plan(), bench.source.database.parent
    before = bench.source.database.read_bytes(), sorted(folder.rglob("*"))

    with pytest.raises(BlockedError) as refused:
        bench.apply(backup=backup)

    assert planned.hazards == refused.value.plan.plan.hazards
    assert "1 row points to no row of p" in planned.hazards[0].message
    assert (planned.hazards[0].answer.count, planned.hazards[0].answer.keys) == (1, ("2",))
    assert before == (bench.source.database.read_bytes(), sorted(folder.rglob("*")))
    bench.before("UPDATE t SET c = 1")
    bench.apply(backup=backup)
    assert not bench.plan().steps


@pytest.mark.parametrize("broken", ["REFERENCES gone", "REFERENCES p (no)", "REFERENCES k (a)"])
def test_a_key_that_sqlite_cannot_check_hides_no_new_one(bench: Bench, broken: str) -> None:
    """foreign_key_check then fails for the whole table, and proves nothing: the rows are asked after all."""
    keyed, old = KEY.replace("b INTEGER", f"b INTEGER {broken}"), PLAIN.replace("b INTEGER", f"b INTEGER {broken}")
    bench.before("CREATE TABLE k (a);" + TABLES.format(old) + ROWS + "UPDATE t SET b = NULL, c = 9 WHERE id = 2;")
    bench.wanted("CREATE TABLE k (a);" + TABLES.format(keyed))

    with pytest.raises(BlockedError):
        bench.apply()

    bench.before("UPDATE t SET c = 1")
    bench.apply()
    assert not bench.plan().steps


def test_what_was_broken_before_is_told_and_what_a_new_key_breaks_is_refused(bench: Bench) -> None:
    old = PLAIN.replace("b INTEGER", "b INTEGER REFERENCES p")
    bench.before(TABLES.format(old) + ROWS + "UPDATE t SET b = 7;")
    bench.wanted(TABLES.format(old.replace("c INTEGER", "c INTEGER REFERENCES p")))

    assert ("2 rows of t pointed to no row of p before, as now",) == bench.apply().notes


@pytest.mark.parametrize("value", [1, 10])
def test_a_key_to_another_column_of_the_same_parent_is_a_new_one(bench: Bench, value: int) -> None:
    """What SQLite tells of it, columns and parent, it tells of the old one too, and perhaps as often."""
    parent = "CREATE TABLE p (id INTEGER PRIMARY KEY, other INTEGER UNIQUE);"
    table = "CREATE TABLE t (id INTEGER PRIMARY KEY, c INTEGER REFERENCES p (id){});"
    rows = f"INSERT INTO p VALUES (1, 10); INSERT INTO t VALUES (1, {value}), (2, 11);"
    bench.before(parent + table.format("") + rows)
    bench.wanted(parent + table.format(", FOREIGN KEY (c) REFERENCES p (other)"))

    with pytest.raises(BlockedError):
        bench.apply()
