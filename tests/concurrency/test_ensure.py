"""ensure() in many processes at once, beside open connections, and after a crash."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import children
import pytest

import reconcile
from reconcile.database.connection import open_reading

PROCESSES = 8
FIRST = "version: 1\ntables:\n  users:\n    columns:\n      id: INTEGER PRIMARY KEY\n      email: TEXT NOT NULL\n"
SECOND = f"{FIRST}      name: TEXT\n  orders:\n    columns:\n      id: INTEGER PRIMARY KEY\n      total: INTEGER\n"
REBUILDS = FIRST.replace("TEXT NOT NULL", "TEXT NOT NULL CHECK (email <> '')")

START = """
import sys, time
from pathlib import Path
import reconcile
reconcile.plan, reconcile.ensure
ready, go, db, schema = map(Path, sys.argv[1:5])
ready.touch()
until = time.monotonic() + 120
while not go.exists():
    assert time.monotonic() < until, "nobody said go"
    time.sleep(0.001)
done = reconcile.ensure(db, schema, allow_rebuild=True)
print(done.version, int(done.changed))
"""


def start(folder, db, schema):
    """Let processes load everything first, then begin together; give what each of them printed."""
    go = folder / "go"
    go.unlink(missing_ok=True)
    readies = [folder / f"ready{number}" for number in range(PROCESSES)]
    for ready in readies:
        ready.unlink(missing_ok=True)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", START, ready, go, db, schema],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for ready in readies
    ]
    try:
        until = time.monotonic() + 120
        while not all(ready.exists() for ready in readies):
            assert [None] * PROCESSES == [process.poll() for process in running], "one died while it loaded"
            assert time.monotonic() < until, "they did not load within 120 s"
            time.sleep(0.01)
        go.touch()
        ended = [children.talked(process, patience=120) for process in running]
    finally:
        for process in running:
            process.kill()
            process.communicate()
    assert [0] * PROCESSES == [process.returncode for process in running], [error for _, error in ended]
    return sorted(out.split() for out, _ in ended)


def made(folder, journal_mode="delete"):
    """Make a database of the first release with rows in it, and its schema file."""
    db, schema = folder / "app.db", folder / "schema.yaml"
    schema.write_text(FIRST)
    reconcile.ensure(db, schema)
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO users (email) VALUES (?)", [(f"u{n}",) for n in range(500)])
        connection.execute("COMMIT")
    return db, schema


def ask(db, sql):
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
@pytest.mark.parametrize("schema_text", [SECOND, REBUILDS], ids=["adds", "rebuilds"])
def test_of_many_processes_on_an_old_database_one_does_the_work(tmp_path, journal_mode, schema_text):
    db, schema = made(tmp_path, journal_mode)
    schema.write_text(schema_text)
    told = start(tmp_path, db, schema)

    assert [["2", "0"]] * (PROCESSES - 1) + [["2", "1"]] == told
    assert [2, 1] == [version.number for version in reconcile.history(db)]
    assert [("ok",)] == ask(db, "PRAGMA integrity_check")
    assert [(500,)] == ask(db, "SELECT count(*) FROM users")


def test_of_many_processes_on_no_database_one_creates_it(tmp_path):
    db, schema = tmp_path / "app.db", tmp_path / "schema.yaml"
    schema.write_text(SECOND)
    told = start(tmp_path, db, schema)

    assert [["1", "0"]] * (PROCESSES - 1) + [["1", "1"]] == told
    assert [1] == [version.number for version in reconcile.history(db)]
    assert [("ok",)] == ask(db, "PRAGMA integrity_check")


def test_many_processes_find_a_database_that_is_up_to_date(tmp_path):
    db, schema = made(tmp_path, "wal")

    assert [["1", "0"]] * PROCESSES == start(tmp_path, db, schema)


CRASH = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 2")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE users SET email = email || hex(zeroblob(500))")
os._exit(9)
"""


@pytest.mark.parametrize("release", [FIRST, SECOND], ids=["in-sync", "old"])
def test_a_transaction_that_a_crash_left_keeps_nobody_from_starting(tmp_path, release):
    db, schema = made(tmp_path)
    schema.write_text(release)
    subprocess.run([sys.executable, "-c", CRASH, db], check=False, timeout=children.PATIENCE)
    with pytest.raises(reconcile.FailedError) as caught:
        open_reading(db)
    assert "unfinished-transaction" == caught.value.code
    reconcile.ensure(db, schema)

    assert [(500, "u0")] == ask(db, "SELECT count(*), min(email) FROM users")


LOCKED = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    db.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError:
    print("locked")
"""


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
def test_the_applications_own_lock_is_not_lost(tmp_path, journal_mode):
    """Closing any other descriptor of the file in this process would drop it, and nobody would be told."""
    db, schema = made(tmp_path, journal_mode)
    with closing(sqlite3.connect(db, isolation_level=None)) as own:
        own.execute("BEGIN IMMEDIATE")
        own.execute("INSERT INTO users (email) VALUES ('mine')")
        assert not reconcile.ensure(db, schema).changed
        schema.write_text(SECOND)
        with pytest.raises(reconcile.BusyError):
            reconcile.ensure(db, schema, wait=0.05)
        command = [sys.executable, "-c", LOCKED, db]
        other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=children.PATIENCE)
        own.execute("COMMIT")

    assert "locked\n" == other.stdout
    assert reconcile.ensure(db, schema).changed


def test_a_connection_of_the_application_reads_on_while_the_schema_is_brought_up(tmp_path):
    db, schema = made(tmp_path, "wal")
    schema.write_text(SECOND)
    with closing(sqlite3.connect(db, isolation_level=None)) as own:
        own.execute("BEGIN")
        before = own.execute("SELECT count(*) FROM users").fetchone()
        assert reconcile.ensure(db, schema).changed

        assert before == own.execute("SELECT count(*) FROM users").fetchone()
        own.execute("COMMIT")
        own.execute("INSERT INTO orders (total) VALUES (1)")


def test_a_reader_in_the_way_of_a_commit_is_waited_for(tmp_path):
    db, schema = made(tmp_path)
    schema.write_text(SECOND)
    with closing(sqlite3.connect(db, isolation_level=None)) as own:
        own.execute("BEGIN")
        own.execute("SELECT count(*) FROM users").fetchone()
        with pytest.raises(reconcile.BusyError) as caught:
            reconcile.ensure(db, schema, wait=0.1)
        own.execute("COMMIT")

    assert reconcile.DataState.ROLLED_BACK is caught.value.data
    assert reconcile.ensure(db, schema).changed
