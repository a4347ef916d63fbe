"""Two at once, or one in the other's way: one wins; the other waits, finds nothing to do, or says why not."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time

import children
import pytest
from runs import build, forked, holding, meanwhile, names, program, reconcile, rows, untouched

from reconcile import applying
from reconcile.database import backup

MODES = ["delete", "wal"]
BEFORE = """
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    INSERT INTO products (name) VALUES ('tea'), ('coffee');
"""
SCHEMA = """\
version: 1
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY
      name: TEXT NOT NULL CHECK (name <> '')
      price: INTEGER NOT NULL DEFAULT 0
"""
READING = ("BEGIN", "SELECT count(*) FROM products")
WRITING = ("BEGIN IMMEDIATE", "UPDATE products SET name = name || '!'")


@pytest.fixture(params=MODES)
def shop(request, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    build(folder / "store.db", f"PRAGMA journal_mode = {request.param}", BEFORE)
    (folder / "schema.yaml").write_text(SCHEMA, "utf-8")
    return folder


def mode(shop):
    return rows(shop / "store.db", "PRAGMA journal_mode")[0][0]


def plan_of(shop):
    return re.search(r"--plan (\S+)", reconcile("plan", "store.db", folder=shop).out)[1]


def test_under_a_held_write_transaction_apply_is_busy_after_the_wait_and_changes_nothing(shop):
    begun = time.monotonic()
    with holding(shop / "store.db", *WRITING) as pid:
        before = names(shop)
        ran = reconcile("apply", "store.db", "--yes", "--wait", "300ms", folder=shop)
        waited = time.monotonic() - begun
        assert before == names(shop)

    assert 5 == ran.status, ran.err
    assert f"could not get the write lock: the lock is held by process {pid}" in ran.err
    assert "Nothing was changed." in ran.err
    assert 0.3 <= float(re.search(r"\(waited (\S+) s\)", ran.err)[1]) <= waited + 0.1
    assert [("tea",), ("coffee",)] == rows(shop / "store.db", "SELECT name FROM products")
    assert [] == rows(shop / "store.db", "SELECT name FROM sqlite_schema WHERE name LIKE 'schema_version%'")


def test_under_a_held_read_transaction_apply_succeeds_in_wal_mode_and_is_rolled_back_else(shop):
    with holding(shop / "store.db", *READING):
        ran = reconcile("apply", "store.db", "--yes", "--wait", "300ms", folder=shop)

    columns = [row[0] for row in rows(shop / "store.db", "SELECT name FROM pragma_table_info('products')")]
    if mode(shop) == "wal":
        assert 0 == ran.status, ran.err
        assert ["id", "name", "price"] == columns
    else:
        assert 5 == ran.status, ran.err
        assert "could not commit: the lock is held by process" in ran.err
        assert "Everything was rolled back" in ran.err
        assert ["id", "name"] == columns


def test_restore_under_a_held_write_transaction_is_busy_and_changes_nothing(shop):
    assert 0 == reconcile("backup", "store.db", "saved.db", folder=shop).status

    with holding(shop / "store.db", *WRITING):
        before = names(shop)
        ran = reconcile("restore", "store.db", "saved.db", "--wait", "300ms", folder=shop)
        assert before == names(shop)

    assert (5, True) == (ran.status, "Nothing was changed." in ran.err), ran.err


def test_a_backup_under_a_held_write_transaction_does_not_see_it(shop):
    with holding(shop / "store.db", *WRITING):
        ran = reconcile("backup", "store.db", "saved.db", folder=shop)

    assert 0 == ran.status, ran.err
    assert [("tea",), ("coffee",)] == rows(shop / "saved.db", "SELECT name FROM products")


def test_a_lock_that_is_given_back_in_time_is_waited_for(shop):
    fork = forked("apply", "store.db", "--yes", "--wait", "20s", folder=shop)
    with holding(shop / "store.db", *WRITING[:1]):
        fork.go()
        time.sleep(0.2)
    ran = fork.end()

    assert 0 == ran.status, ran.err
    assert "Applied #1" in ran.out


def test_of_many_applies_at_once_one_wins_and_the_others_find_nothing_to_do(shop):
    forks = [forked("apply", "store.db", "--yes", folder=shop) for _ in range(5)]
    for fork in forks:
        fork.go()
    runs = [fork.end() for fork in forks]

    assert [0] * 5 == [ran.status for ran in runs], [ran.err for ran in runs]
    assert 1 == sum("Applied #1" in ran.out for ran in runs)
    assert 4 == sum("in sync" in ran.out for ran in runs)
    assert [(1,)] == rows(shop / "store.db", "SELECT version FROM schema_version")
    assert 1 == sum(name.startswith("backups/") for name in names(shop))


def test_of_many_applies_of_one_plan_one_wins_and_the_others_are_stale(shop):
    plan = plan_of(shop)
    forks = [forked("apply", "store.db", "--plan", plan, folder=shop) for _ in range(4)]
    for fork in forks:
        fork.go()
    runs = [fork.end() for fork in forks]

    assert [0, 4, 4, 4] == sorted(ran.status for ran in runs), [ran.err for ran in runs]
    assert all("Nothing was changed." in ran.err for ran in runs if ran.status == 4)
    assert [(1,)] == rows(shop / "store.db", "SELECT version FROM schema_version")


def test_of_two_that_want_different_things_both_are_done_or_the_second_is_told(shop):
    (shop / "other.yaml").write_text(SCHEMA + "      weight: REAL\n", "utf-8")
    forks = [forked("apply", "store.db", "--yes", "-s", name, folder=shop) for name in ("schema.yaml", "other.yaml")]
    for fork in forks:
        fork.go()
    runs = [fork.end() for fork in forks]

    # Whoever wants `weight` adds it; whoever comes after without it would drop it, and that wants consent.
    assert 0 == runs[1].status, runs[1].err
    assert runs[0].status in (0, 3), runs[0].err
    assert "weight" in [row[0] for row in rows(shop / "store.db", "SELECT name FROM pragma_table_info('products')")]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE products ADD COLUMN weight REAL",
        "CREATE INDEX by_name ON products (name)",
        "CREATE TABLE other (x)",
        "CREATE TRIGGER told AFTER INSERT ON products BEGIN SELECT 1; END",
        "DROP TABLE products",
        "INSERT INTO products (name) VALUES ('')",
    ],
)
def test_what_another_process_changes_between_plan_and_apply_makes_the_plan_stale_or_blocks_it(shop, change):
    plan = plan_of(shop)
    fork = forked("apply", "store.db", "--plan", plan, folder=shop)
    build(shop / "store.db", change)

    with untouched(shop):
        ran = fork.go().end()

    assert (3 if change.startswith("INSERT") else 4) == ran.status, ran.out + ran.err
    assert "Nothing was changed." in ran.out + ran.err


def test_a_change_that_is_committed_while_apply_waits_for_the_lock_is_seen_inside_it(shop):
    plan = plan_of(shop)
    fork = forked("apply", "store.db", "--plan", plan, "--wait", "20s", folder=shop)

    def work(ready):
        connection = sqlite3.connect(shop / "store.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE meanwhile (x)")
        ready()
        time.sleep(0.3)
        connection.execute("COMMIT")
        connection.close()

    with meanwhile(work, "who changes the schema"):
        ran = fork.go().end()

    assert 4 == ran.status, ran.out + ran.err
    assert "Nothing was changed." in ran.err
    assert ["id", "name"] == [
        row[0] for row in rows(shop / "store.db", "SELECT name FROM pragma_table_info('products')")
    ]


def test_of_many_rollbacks_at_once_one_wins_and_the_others_are_stale_or_find_nothing_to_do(shop):
    assert 0 == reconcile("apply", "store.db", "--yes", folder=shop).status
    words = ("rollback", "store.db", "--yes", "--allow", "drop-column:products.price")
    forks = [forked(*words, folder=shop) for _ in range(5)]
    for fork in forks:
        fork.go()
    runs = [fork.end() for fork in forks]

    assert 1 == sum("the state before #1 is back" in ran.out for ran in runs), [ran.out + ran.err for ran in runs]
    done = [ran.status for ran in runs].count(0)
    versions = rows(shop / "store.db", "SELECT version, rolled_back_at IS NULL FROM schema_version")
    assert 1 + done == len(versions), [ran.out + ran.err for ran in runs]
    assert all("Nothing was changed." in ran.err for ran in runs if ran.status == 4)


def test_a_way_back_is_stale_once_somebody_else_has_gone_it(shop):
    assert 0 == reconcile("apply", "store.db", "--yes", folder=shop).status

    def sabotage():
        attached = applying.attach

        def late(connection, kept):
            words = ("rollback", "store.db", "--yes", "--allow", "drop-column:products.price")
            applying.attach = attached
            assert 0 == program(*words, folder=shop).status
            attached(connection, kept)

        applying.attach = late

    words = ("rollback", "store.db", "--yes", "--allow", "drop-column:products.price")
    ran = forked(*words, folder=shop, sabotage=sabotage).go().end()

    assert 4 == ran.status, ran.out + ran.err
    assert "another program has made it #2 meanwhile" in ran.err
    assert "Nothing was changed." in ran.err
    assert [(1,), (2,)] == rows(shop / "store.db", "SELECT version FROM schema_version")


DURING = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    db.execute("CREATE TABLE meanwhile (x)")
    print("changed", end="")
except sqlite3.OperationalError as error:
    print(error, end="")
"""


def changes_the_schema_inside_the_backup(shop):
    """Let another program try to change the schema once the first page is copied; keep what it says."""

    def sabotage():
        copy = backup.copy_pages
        backup._STEP_BYTES = 4096

        def copied(*arguments, **options):
            def step(*_):
                if not (shop.parent / "said").exists():
                    command = [sys.executable, "-c", DURING, shop / "store.db"]
                    done = subprocess.run(command, capture_output=True, timeout=children.PATIENCE, check=True)
                    (shop.parent / "said").write_bytes(done.stdout)

            copy(*arguments, **{**options, "progress": step})

        backup.copy_pages = copied

    return sabotage


def tables(store):
    return {row[0] for row in rows(store, "SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_nobody_changes_the_schema_inside_the_backup_of_an_apply(shop):
    ran = forked("apply", "store.db", "--yes", folder=shop, sabotage=changes_the_schema_inside_the_backup(shop)).go()

    assert 0 == ran.end().status
    assert "database is locked" == (shop.parent / "said").read_text()
    assert "meanwhile" not in tables(shop / "store.db")
    assert {"products"} == tables(next((shop / "backups").iterdir()))


def test_a_schema_that_is_changed_inside_a_backup_is_not_in_it(shop):
    ran = forked("backup", "store.db", folder=shop, sabotage=changes_the_schema_inside_the_backup(shop)).go()

    assert 0 == ran.end().status
    said = {"wal": "changed", "delete": "database is locked"}[mode(shop)]
    assert said == (shop.parent / "said").read_text()
    assert (said == "changed") == ("meanwhile" in tables(shop / "store.db"))
    assert {"products"} == tables(next((shop / "backups").iterdir()))


BACK = [("--allow", "drop-column:products.price"), ("--restore",)]


@pytest.mark.parametrize("words", BACK, ids=["keep-data", "restore"])
def test_under_a_held_write_transaction_rollback_is_busy_and_changes_nothing(shop, words):
    assert 0 == reconcile("apply", "store.db", "--yes", folder=shop).status

    with holding(shop / "store.db", *WRITING):
        before = names(shop)
        ran = reconcile("rollback", "store.db", "--yes", *words, "--wait", "300ms", folder=shop)
        assert before == names(shop)

    assert (5, True) == (ran.status, "Nothing was changed." in ran.err), ran.out + ran.err
    assert [(1, None)] == rows(shop / "store.db", "SELECT version, rolled_back_at FROM schema_version")


@pytest.mark.parametrize("words", BACK, ids=["keep-data", "restore"])
def test_under_a_held_read_transaction_rollback_succeeds_in_wal_mode_and_is_undone_else(shop, words):
    assert 0 == reconcile("apply", "store.db", "--yes", folder=shop).status

    with holding(shop / "store.db", *READING):
        ran = reconcile("rollback", "store.db", "--yes", *words, "--wait", "300ms", folder=shop)

    assert (0 if mode(shop) == "wal" else 5) == ran.status, ran.out + ran.err
    assert (2 if mode(shop) == "wal" else 1,) in rows(shop / "store.db", "SELECT max(version) FROM schema_version")
    if ran.status:
        assert any(words in ran.err for words in ("Nothing was changed.", "Everything was rolled back"))
