"""Notes: what a plan costs and breaks. Each fires where it should, stays silent else, and changes no plan's id."""

from __future__ import annotations

import pytest
from workbench import Bench

from reconcile.errors import BlockedError
from reconcile.model.facts import Weight
from reconcile.plan.cost import lock_seconds
from reconcile.plan.steps import Severity

MB = 1_000_000
BEFORE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO t (a, b) VALUES ('x', 1), ('y', 2);"
SAME = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER{});{}"
REBUILT = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER CHECK (b > 0) UNIQUE);"


@pytest.fixture
def rebuilt(bench: Bench) -> Bench:
    bench.before(BEFORE)
    bench.wanted(REBUILT)
    return bench


# --- what it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["rebuild-lock", "disk-space", "wal-growth", "secure-delete"])
def test_a_small_database_hears_nothing_of_costs(rebuilt: Bench, code: str) -> None:
    assert [] == rebuilt.hazards(code)


def test_writers_wait_by_rows_and_bytes_and_as_long_as_this_machine_needs(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)})
    assert {"t": "about 2.6 s of write lock"} == rebuilt.messages("rebuild-lock")

    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, pace=3.0, wal=True)
    assert {"t": "about 9.8 s of write lock"} == rebuilt.messages("rebuild-lock")
    assert 9.75 == pytest.approx(lock_seconds(rebuilt.plan()), rel=0.01)


def test_what_is_done_in_place_locks_nobody_out(bench: Bench) -> None:
    bench.before(BEFORE)
    bench.wanted(SAME.format(", c TEXT", ""))
    bench.disk(weights={"t": Weight(100 * MB, 50 * MB)})

    assert [] == bench.hazards("rebuild-lock")
    assert 0 == lock_seconds(bench.plan())


def test_the_peak_is_told_with_its_parts_and_what_is_free(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, size=400 * MB, free=2000 * MB, erases=True)
    (told,) = rebuilt.hazards("disk-space")

    assert Severity.NOTE is told.severity
    assert (
        "about 650.0 MB at the peak (400.0 MB for the backup, 100.0 MB to grow, 150.0 MB for the journal); "
        "2.0 GB are free"
    ) == told.message


def test_what_does_not_fit_at_all_is_blocked(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, size=400 * MB, free=240 * MB, erases=True)
    plan = rebuilt.plan()

    assert ("disk-space:t",) == plan.blocked
    assert None is plan.id


def test_a_backup_that_does_not_fit_is_told_by_plan_and_stops_apply(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, size=400 * MB, free=500 * MB, erases=True)
    (told,) = rebuilt.hazards("disk-space")
    before = rebuilt.source.database.read_bytes()

    assert Severity.NOTE is told.severity
    assert told.message.endswith("500.0 MB are free: too little for the backup")
    with pytest.raises(BlockedError) as caught:
        rebuilt.apply(backup=True)
    assert ("disk-space:t",) == caught.value.plan.plan.blocked
    assert before == rebuilt.source.database.read_bytes()
    assert 1 == rebuilt.apply(backup=False).version


def test_a_backup_on_another_disk_counts_there(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(MB, MB)}, size=400 * MB, free=50 * MB, elsewhere=500 * MB)
    assert [] == rebuilt.hazards("disk-space")

    rebuilt.disk(weights={"t": Weight(MB, MB)}, size=400 * MB, free=50 * MB, elsewhere=300 * MB)
    assert {"t": "the backup takes 400.0 MB; 300.0 MB are free where it goes: too little for the backup"} == (
        rebuilt.messages("disk-space")
    )


def test_pages_on_the_free_list_are_used_before_the_file_grows(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, size=400 * MB, free=5000 * MB, unused=80 * MB, erases=False)

    assert "20.0 MB to grow, 60.0 MB for the journal" in rebuilt.messages("disk-space")["t"]


def test_a_wal_grows_by_all_that_is_rewritten(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, wal=True, erases=False)
    assert {"t": "-wal grows by about 150.0 MB, and stays so large until the last connection closes"} == (
        rebuilt.messages("wal-growth")
    )

    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, wal=True, erases=True)
    assert "about 250.0 MB" in rebuilt.messages("wal-growth")["t"]
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, wal=False)
    assert [] == rebuilt.hazards("wal-growth")


def test_what_secure_delete_costs_is_told_where_it_is_on(rebuilt: Bench) -> None:
    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, erases=True)
    assert {"t": "secure_delete is on: some 0.4 s of the rebuild overwrite what goes with zeros"} == (
        rebuilt.messages("secure-delete")
    )

    rebuilt.disk(weights={"t": Weight(100 * MB, 50 * MB)}, erases=False)
    assert [] == rebuilt.hazards("secure-delete")


def test_costs_are_no_part_of_a_plans_id(rebuilt: Bench) -> None:
    quiet = rebuilt.plan().id
    rebuilt.disk(weights={"t": Weight(1000 * MB, 500 * MB)}, size=4000 * MB, free=10**12, wal=True, pace=5.0)
    loud = rebuilt.plan()

    assert {"rebuild-lock", "disk-space", "wal-growth"} <= {hazard.code for hazard in loud.hazards}
    assert quiet == loud.id


# --- what it breaks --------------------------------------------------------------------------------------------------

FAIL = "statements of the version that runs now will fail if they"
CODE_FIRST = "Deploy code that does not, then apply."
TOGETHER = "No order suits both versions: stop the old one, apply, start the new one."


@pytest.mark.parametrize(
    ("wanted", "fails", "order"),
    [
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER CHECK (b > 0));",
            "break CHECK (b > 0)",
            CODE_FIRST,
        ),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER);", "break UNIQUE (a)", CODE_FIRST),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER);", "write NULL to a", CODE_FIRST),
        (SAME.format("", " CREATE UNIQUE INDEX u ON t (a);"), "break this unique index", CODE_FIRST),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER) STRICT;",
            "write a value of another type than its column's",
            CODE_FIRST,
        ),
    ],
)
def test_what_is_tightened_breaks_the_version_that_runs(bench: Bench, wanted: str, fails: str, order: str) -> None:
    bench.before(BEFORE)
    bench.wanted(wanted)

    object_ = "u" if "index" in fails else "t"
    assert {object_: f"{FAIL} {fails}. {order}"} == bench.messages("breaks-old-code")


@pytest.mark.parametrize(
    "wanted",
    [
        SAME.format(", c TEXT", ""),
        SAME.format(", c TEXT NOT NULL DEFAULT 'x'", ""),
        SAME.format(", c TEXT UNIQUE", ""),
        SAME.format(", c INTEGER AS (b + 1)", ""),
        SAME.format("", " CREATE INDEX i ON t (a);"),
        SAME.format("", " CREATE VIEW v AS SELECT a FROM t; CREATE TABLE u (x UNIQUE, CHECK (x > 0));"),
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'n', b INTEGER);",
    ],
)
def test_what_the_version_that_runs_need_not_know_breaks_nothing(bench: Bench, wanted: str) -> None:
    bench.before(BEFORE)
    bench.wanted(wanted)

    assert [] == bench.hazards("breaks-old-code")


def test_names_that_go_break_it_and_a_rename_breaks_both_versions(yaml_bench: Bench) -> None:
    yaml_bench.before(BEFORE + "CREATE TABLE gone (x); CREATE TABLE kept (id INTEGER PRIMARY KEY, y);")
    yaml_bench.wanted(
        "version: 1\ntables:\n  t: {columns: {id: INTEGER PRIMARY KEY, c: {sql: TEXT, renamed_from: a}}}\n"
        "  kept: {columns: {id: INTEGER PRIMARY KEY, y: '', z: {sql: TEXT NOT NULL, using: 'y'}}}\n"
    )
    dropping = yaml_bench.by(drop=("column:t.b", "table:gone"))

    assert {
        "t": f"{FAIL} name a, b. {TOGETHER}",
        "gone": f"{FAIL} name gone. {CODE_FIRST}",
        "kept": f"{FAIL} leave out z. {TOGETHER}",
    } == dropping.messages("breaks-old-code")


def test_a_name_that_only_changes_its_case_breaks_nothing(yaml_bench: Bench) -> None:
    yaml_bench.before(BEFORE)
    yaml_bench.wanted(
        "version: 1\ntables: {t: {columns: {id: INTEGER PRIMARY KEY, A: {sql: TEXT, renamed_from: a}, b: INTEGER}}}"
    )

    assert [] == yaml_bench.hazards("breaks-old-code")


# --- what is easily overlooked ---------------------------------------------------------------------------------------

CHILD = " CREATE TABLE u (x INTEGER REFERENCES t (id));"


def test_the_first_foreign_key_of_a_database_says_that_nobody_enforces_it(bench: Bench) -> None:
    bench.before(BEFORE)
    bench.wanted(SAME.format("", CHILD + CHILD.replace(" u ", " v ")))

    assert ["u"] == [hazard.object for hazard in bench.hazards("fk-off-application")]


def test_whoever_has_foreign_keys_has_decided(bench: Bench) -> None:
    bench.before(BEFORE + CHILD)
    bench.wanted(SAME.format(" REFERENCES u", CHILD))
    assert [] == bench.hazards("fk-off-application")

    bench.wanted(SAME.format(", c TEXT", CHILD))
    assert [] == bench.hazards("fk-off-application")


@pytest.mark.parametrize(
    ("columns", "object_", "says"),
    [
        ('"order" TEXT', "u.order", "is a word of SQL"),
        ('"true" TEXT', "u.true", "is a value, and no column"),
        ("rowid TEXT", "u.rowid", "hides the rowid of u"),
        ("é TEXT, É TEXT", "u.é", "look alike"),
    ],
)
def test_confusing_columns_are_named(bench: Bench, columns: str, object_: str, says: str) -> None:
    bench.before(BEFORE)
    bench.wanted(SAME.format("", f" CREATE TABLE u ({columns});"))

    assert {object_} == {
        name for name, message in bench.messages("reserved-or-confusing-name").items() if says in message
    }


@pytest.mark.parametrize(
    ("create", "object_", "says"),
    [
        ('CREATE TABLE "group" (x)', "group", "is a word of SQL"),
        ("CREATE INDEX sqliteautoindex ON t (a)", "sqliteautoindex", "looks like a name that SQLite gives itself"),
        ("CREATE TABLE ö (x); CREATE TABLE Ö (x)", "ö", "look alike"),
    ],
)
def test_confusing_objects_are_named(bench: Bench, create: str, object_: str, says: str) -> None:
    bench.before(BEFORE)
    bench.wanted(SAME.format("", f" {create};"))

    (message,) = bench.messages("reserved-or-confusing-name").values()
    assert says in message
    assert object_ in message


def test_names_that_are_there_already_and_good_new_ones_are_passed_over(bench: Bench) -> None:
    old = ' CREATE TABLE "order" ("select" TEXT, rowid TEXT);'
    bench.before(BEFORE + old)
    bench.wanted(SAME.format(", key TEXT, name TEXT", old + " CREATE TABLE u (rowid INTEGER PRIMARY KEY, date TEXT);"))

    assert [] == bench.hazards("reserved-or-confusing-name")
