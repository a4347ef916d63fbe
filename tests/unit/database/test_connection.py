"""Opening, waiting and describing: reading never writes, and every error says what to do."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import children
import pytest
from conftest import (
    ROOT,
    as_nobody,
    count_rows,
    die_in,
    leave_hot_journal,
    leave_wal,
    listing,
    make_database,
    snapshot,
)

from reconcile.database.connection import (
    Patience,
    deadline,
    open_reading,
    open_writing,
    patiently,
    translate,
    translated,
)
from reconcile.database.files import file_facts, lock_holders, private_folder
from reconcile.database.integrity import quick_check
from reconcile.database.lock import begin_immediate, begin_reading, commit
from reconcile.errors import (
    BugError,
    BusyError,
    DamagedError,
    DatabaseFileError,
    DataState,
    FailedError,
    InterruptedByUserError,
)

READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from reconcile.database.connection import open_reading
from reconcile.database.files import file_facts
from reconcile.errors import ReconcileError
path = Path(sys.argv[1])
try:
    c = open_reading(path)
    print(c.execute('SELECT count(*) FROM t').fetchone()[0], file_facts(c, path).journal_mode)
    c.close()
except ReconcileError as error:
    print(type(error).__name__, error.code)
"""


def read(path: Path) -> int:
    with contextlib.closing(open_reading(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "wal"])
def test_reading_leaves_bytes_times_and_folder_as_they_were(tmp_path: Path, mode: str) -> None:
    path = make_database(tmp_path / "a.db", mode=mode)
    before, names = snapshot(tmp_path), listing(tmp_path)

    assert read(path) == 3
    assert snapshot(tmp_path) == before
    assert listing(tmp_path) == names


@pytest.mark.parametrize("shm", [True, False])
def test_rows_that_a_dead_writer_left_in_its_wal_are_read_and_left_there(tmp_path: Path, *, shm: bool) -> None:
    path = make_database(tmp_path / "a.db", mode="wal")
    leave_wal(path)
    if not shm:
        (tmp_path / "a.db-shm").unlink()
    before = snapshot(tmp_path)

    assert set(before) == {"a.db", "a.db-wal"}
    assert read(path) == 4
    assert snapshot(tmp_path) == before


def test_reading_beside_a_live_wal_writer_sees_its_commits(tmp_path: Path, elsewhere) -> None:
    path = make_database(tmp_path / "a.db", mode="wal")
    elsewhere(path, "INSERT INTO t (x) VALUES (1);BEGIN IMMEDIATE;INSERT INTO t (x) VALUES (2)")

    assert read(path) == 4


def test_a_hot_journal_is_not_rolled_back_by_a_reader(tmp_path: Path) -> None:
    path = make_database(tmp_path / "a.db")
    leave_hot_journal(path)
    before = snapshot(tmp_path)

    with pytest.raises(FailedError) as caught:
        open_reading(path)
    assert caught.value.code == "unfinished-transaction"
    assert "reconcile apply" in (caught.value.hint or "")
    assert snapshot(tmp_path) == before


def test_opening_for_writing_rolls_a_hot_journal_back(tmp_path: Path) -> None:
    path = make_database(tmp_path / "a.db")
    leave_hot_journal(path)
    open_writing(path).close()

    assert listing(tmp_path) == ["a.db"]
    assert read(path) == 3


def test_a_live_writer_s_journal_is_not_taken_for_a_dead_one_s(tmp_path: Path, elsewhere) -> None:
    path = make_database(tmp_path / "a.db")
    elsewhere(path, "BEGIN IMMEDIATE;INSERT INTO t (x) VALUES (1)")

    assert (tmp_path / "a.db-journal").exists()
    assert read(path) == 3


def test_zero_bytes_are_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    with contextlib.closing(open_reading(path)) as connection:
        assert connection.execute("SELECT * FROM sqlite_schema").fetchall() == []

    assert path.stat().st_size == 0


@pytest.mark.parametrize(
    "name",
    ["a?b.db", "a#b.db", "a%41.db", "a b.db", "é☃.db", "new\nline.db", "a&mode=rwc.db", ":memory:", "-x.db"],
)
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_hostile_names_open_that_very_file(tmp_path: Path, name: str, mode: str) -> None:
    path = tmp_path / name
    make_database(tmp_path / "plain", mode=mode).rename(path)

    assert read(path) == 3
    open_writing(path).close()
    assert listing(tmp_path) == [name]


def test_a_name_that_is_no_text_opens(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.db"))
    make_database(tmp_path / "plain").rename(path)

    assert read(path) == 3


def test_relative_paths_and_links_lead_to_the_real_file(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "real").mkdir()
    path = make_database(tmp_path / "real" / "a.db", mode="wal")
    leave_wal(path)
    (tmp_path / "link.db").symlink_to("real/a.db")
    monkeypatch.chdir(tmp_path)

    assert read(Path("real/../real/a.db")) == 4
    assert read(Path("link.db")) == 4


def test_a_reading_connection_cannot_write(tmp_path: Path) -> None:
    for mode in ("delete", "wal"):
        path = make_database(tmp_path / f"{mode}.db", mode=mode)
        connection = open_reading(path)
        with contextlib.closing(connection), pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM t")


def test_the_application_s_hook_is_run_and_cannot_change_the_file(tmp_path: Path) -> None:
    path = make_database(tmp_path / "a.db", mode="wal")
    before = snapshot(tmp_path)

    def prepare(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = OFF")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA busy_timeout = 9000")
        connection.row_factory = sqlite3.Row
        connection.create_function("twice", 1, lambda x: 2 * x)

    for opener in (open_reading, open_writing):
        with contextlib.closing(opener(path, prepare=prepare)) as connection:
            assert connection.execute("SELECT twice(4)").fetchone() == (8,)
            assert connection.execute("PRAGMA busy_timeout").fetchone() == (0,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert snapshot(tmp_path) == before


def test_a_hook_that_raises_leaves_nothing_open(tmp_path: Path) -> None:
    def prepare(_: sqlite3.Connection) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        open_reading(make_database(tmp_path / "a.db"), prepare=prepare)


def test_a_missing_file_is_not_created_and_a_near_name_is_offered(tmp_path: Path) -> None:
    make_database(tmp_path / "store.db")
    for opener in (open_reading, open_writing):
        with pytest.raises(DatabaseFileError, match="no such") as caught:
            opener(tmp_path / "stroe.db")
        assert caught.value.hint == f"did you mean '{tmp_path / 'store.db'}'?"

    assert listing(tmp_path) == ["store.db"]


def test_what_is_no_database_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "n.db").write_text("hello world\n" * 100)
    (tmp_path / "link.db").symlink_to("gone.db")
    os.mkfifo(tmp_path / "fifo")
    codes = {}
    for name in ("n.db", "link.db", "fifo", ".", "n.db/x", "\0"):
        with pytest.raises(DatabaseFileError) as caught:
            open_reading(tmp_path / name)
        codes[name] = caught.value.code

    assert codes == {
        "n.db": "not-a-database",
        "link.db": "missing",
        "fifo": "not-a-database",
        ".": "directory",
        "n.db/x": "missing",
        "\0": "no-database",
    }


def test_a_truncated_file_is_damaged(tmp_path: Path) -> None:
    path = make_database(tmp_path / "a.db", rows=100)
    os.truncate(path, 3000)

    for opener in (open_reading, open_writing):
        with pytest.raises(DamagedError, match="damaged"):
            opener(path)


def test_creating_makes_an_empty_file_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    open_writing(path, create=True).close()
    assert path.stat().st_size == 0

    with pytest.raises(DatabaseFileError, match="folder"):
        open_writing(tmp_path / "no" / "new.db", create=True)
    (tmp_path / "old.db-wal").write_bytes(b"x")
    with pytest.raises(DatabaseFileError, match="-wal"):
        open_writing(tmp_path / "old.db", create=True)


def test_writing_is_as_durable_as_sqlite_can_be(tmp_path: Path) -> None:
    with contextlib.closing(open_writing(make_database(tmp_path / "a.db"))) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (3,)
        assert connection.execute("PRAGMA query_only").fetchone() == (0,)
        assert connection.isolation_level is None


@pytest.mark.parametrize(
    ("mode", "folder", "file", "expected"),
    [
        ("wal", 0o755, 0o644, "3 wal\n"),
        ("wal", 0o777, 0o644, "3 wal\n"),
        ("wal", 0o755, 0o666, "3 wal\n"),
        ("wal", 0o777, 0o666, "3 wal\n"),
        ("delete", 0o755, 0o644, "3 delete\n"),
        ("delete", 0o777, 0o444, "3 delete\n"),
        ("delete", 0o755, 0o600, "FailedError cannot-open\n"),
        ("delete", 0o700, 0o644, "FailedError read-only\n"),
    ],
)
def test_who_may_not_write_can_read_and_leaves_nothing(
    public: Path, mode: str, folder: int, file: int, expected: str
) -> None:
    home = public / "home"
    home.mkdir()
    path = make_database(home / "a.db", mode=mode)
    path.chmod(file)
    home.chmod(folder)
    before = snapshot(home)

    assert as_nobody(READ_AS_NOBODY, path) == expected
    assert snapshot(home) == before
    assert listing(home) == ["a.db"]


def test_rows_in_a_wal_that_cannot_be_read_are_never_overlooked(public: Path) -> None:
    path = make_database(public / "a.db", mode="wal")
    leave_wal(path)
    (public / "a.db-shm").unlink()
    assert as_nobody(READ_AS_NOBODY, path) == "FailedError read-only\n"

    os.truncate(public / "a.db-wal", 0)
    assert as_nobody(READ_AS_NOBODY, path) == "3 wal\n"


def test_who_may_not_write_is_told_before_anything_is_tried(public: Path) -> None:
    path = make_database(public / "a.db")
    script = READ_AS_NOBODY.replace("open_reading", "open_writing")

    assert as_nobody(script, path) == "FailedError read-only\n"


def test_facts_are_those_of_the_file(tmp_path: Path) -> None:
    setup = "PRAGMA auto_vacuum=2; PRAGMA encoding='UTF-16le'; PRAGMA user_version=7; PRAGMA application_id=9;"
    path = make_database(tmp_path / "a.db", mode="wal", page_size=8192, setup=setup)
    path.chmod(0o640)
    with contextlib.closing(open_reading(path)) as connection:
        facts = file_facts(connection, path)

    assert (facts.journal_mode, facts.page_size, facts.encoding) == ("wal", 8192, "UTF-16le")
    assert (facts.user_version, facts.application_id, facts.auto_vacuum) == (7, 9, 2)
    assert (facts.mode, facts.inode, facts.size) == (0o640, path.stat().st_ino, path.stat().st_size)


def test_opening_and_closing_keeps_this_process_s_own_lock(tmp_path: Path) -> None:
    """Closing a descriptor of our own would drop the locks of every connection of the process."""
    for mode in ("delete", "wal"):
        path = make_database(tmp_path / f"{mode}.db", mode=mode)
        with contextlib.closing(open_writing(path)) as holder:
            begin_immediate(holder, 0)
            with contextlib.closing(open_reading(path)) as reader:
                file_facts(reader, path)
                quick_check(reader)
            script = "import sqlite3,sys; sqlite3.connect(sys.argv[1],timeout=0).execute('BEGIN IMMEDIATE')"
            command = [sys.executable, "-c", script, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert "database is locked" in done.stderr
            holder.execute("INSERT INTO t (x) VALUES (1)")
            commit(holder, 0)

        assert count_rows(path) == 4


def test_a_lock_is_waited_for_and_then_named(tmp_path: Path, elsewhere) -> None:
    path = make_database(tmp_path / "a.db")
    other = elsewhere(path, "BEGIN IMMEDIATE")
    waits: list[float] = []
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    with contextlib.closing(open_writing(path)) as connection:
        with pytest.raises(BusyError) as caught:
            begin_immediate(connection, 2.0, waits.append, clock=lambda: now, sleep=sleep)
        assert not connection.in_transaction

    assert now == pytest.approx(2.0)
    assert waits[0] == 0.0
    assert waits == sorted(waits)
    if Path("/proc/locks").exists() and lock_holders(path):
        assert f"process {other.pid}" in caught.value.message


def test_a_lock_that_is_released_is_taken(tmp_path: Path, elsewhere) -> None:
    for mode in ("delete", "wal"):
        path = make_database(tmp_path / f"{mode}.db", mode=mode)
        other = elsewhere(path, "BEGIN IMMEDIATE")
        assert other.stdin is not None
        timer = threading.Timer(0.1, lambda pipe=other.stdin: (pipe.write("\n"), pipe.flush()))
        timer.start()
        with contextlib.closing(open_writing(path)) as connection:
            begin_immediate(connection, 20)
            assert connection.in_transaction
        timer.join()


def test_an_exclusive_writer_keeps_readers_out_until_they_give_up(tmp_path: Path, elsewhere) -> None:
    path = make_database(tmp_path / "a.db")
    elsewhere(path, "BEGIN EXCLUSIVE")

    for opener in (open_reading, open_writing):
        with pytest.raises(BusyError):
            opener(path, wait=0.05)


def test_reading_sees_one_state_until_it_ends(tmp_path: Path) -> None:
    path = make_database(tmp_path / "a.db", mode="wal")
    with contextlib.closing(open_reading(path)) as reader:
        begin_reading(reader, 0)
        leave_wal(path)
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (3,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (4,)


def test_a_commit_that_readers_block_is_rolled_back_in_the_end(tmp_path: Path, elsewhere) -> None:
    path = make_database(tmp_path / "a.db")
    with contextlib.closing(open_writing(path)) as connection:
        begin_immediate(connection, 1)
        connection.execute("DELETE FROM t")
        other = elsewhere(path, "BEGIN;SELECT * FROM t")
        with pytest.raises(BusyError, match="commit") as caught:
            commit(connection, 0.05)
        assert caught.value.data is DataState.ROLLED_BACK
        if Path("/proc/locks").exists():
            assert f"process {other.pid}" in caught.value.message
        assert not connection.in_transaction
        children.talked(other, "\n")

    assert count_rows(path) == 3


def test_a_commit_that_readers_block_for_a_while_lands(tmp_path: Path, elsewhere) -> None:
    path = make_database(tmp_path / "a.db")
    with contextlib.closing(open_writing(path)) as connection:
        begin_immediate(connection, 1)
        connection.execute("DELETE FROM t")
        other = elsewhere(path, "BEGIN;SELECT * FROM t")
        commit(connection, 20, lambda _: other.poll() is None and children.talked(other, "\n"))

    assert count_rows(path) == 0


def test_committing_nothing_is_a_bug_of_ours(tmp_path: Path) -> None:
    with contextlib.closing(open_writing(make_database(tmp_path / "a.db"))) as connection:
        with pytest.raises(BugError):
            commit(connection, 0)
        begin_immediate(connection, 0)
        with pytest.raises(BugError):
            begin_immediate(connection, 0)


def test_only_locks_are_waited_for(tmp_path: Path) -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        raise sqlite3.OperationalError("no such table")

    with pytest.raises(sqlite3.OperationalError):
        patiently(fail, Patience(9.0), doing="try", path=tmp_path)
    assert tries == [1]


def test_a_signal_stops_a_running_statement_at_once(tmp_path: Path) -> None:
    path = make_database(tmp_path / "a.db")
    script = (
        "import os, signal, sys, threading, time\nfrom pathlib import Path\n"
        "from reconcile.database.connection import open_reading, translated\n"
        "from reconcile.errors import InterruptedByUserError\n"
        "c = open_reading(Path(sys.argv[1]))\n"
        "begun = time.monotonic()\n"
        "try:\n"
        "    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "    with translated(doing='count', path=Path('a.db')):\n"
        "        c.execute('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
        "SELECT count(*) FROM n').fetchall()\n"
        "except (InterruptedByUserError, KeyboardInterrupt):\n"
        "    c.close()\n"
        "    print(time.monotonic() - begun)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.stderr == ""
    assert float(done.stdout) < 5


def test_a_deadline_stops_a_statement_and_is_lifted_after(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"
    with contextlib.closing(open_reading(make_database(tmp_path / "a.db"))) as connection:
        with pytest.raises(FailedError, match="longer") as caught, deadline(connection, 0.02):
            connection.execute(endless).fetchall()
        time.sleep(0.03)
        short = endless.replace("FROM n)", "FROM n WHERE i < 99999)")
        assert connection.execute(short).fetchone() == (99999,)

    assert caught.value.code == "too-slow"


@pytest.mark.parametrize(
    ("code", "kind", "name"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, BusyError, "busy"),
        (sqlite3.SQLITE_LOCKED, BusyError, "busy"),
        (sqlite3.SQLITE_FULL, FailedError, "disk-full"),
        (sqlite3.SQLITE_IOERR_FSYNC, FailedError, "io-error"),
        (sqlite3.SQLITE_READONLY, FailedError, "read-only"),
        (sqlite3.SQLITE_READONLY_DBMOVED, FailedError, "moved"),
        (sqlite3.SQLITE_CANTOPEN, FailedError, "cannot-open"),
        (sqlite3.SQLITE_CORRUPT_VTAB, DamagedError, "damaged"),
        (sqlite3.SQLITE_NOTADB, DatabaseFileError, "not-a-database"),
        (sqlite3.SQLITE_INTERRUPT, InterruptedByUserError, "interrupted"),
        (sqlite3.SQLITE_TOOBIG, FailedError, "too-big"),
        (sqlite3.SQLITE_NOMEM, FailedError, "out-of-memory"),
        (sqlite3.SQLITE_ERROR, FailedError, "failed"),
        (None, FailedError, "failed"),
    ],
)
def test_every_error_of_sqlite_gets_its_words(code: int | None, kind: type, name: str) -> None:
    error = sqlite3.OperationalError("as SQLite says")
    if code is not None:
        error.sqlite_errorcode = code
    told = translate(error, doing="try", path=Path("a\n.db"))

    assert (type(told), told.code, told.place) == (kind, name, "a\n.db")
    assert told.message.startswith(("could not try", "interrupted"))


def test_a_system_error_gets_words_as_well() -> None:
    with pytest.raises(FailedError) as caught, translated(doing="try", path=Path("x")):
        raise OSError(28, "No space left on device", "/f")
    assert (caught.value.code, caught.value.place) == ("disk-full", "/f")


def test_a_full_database_is_told(tmp_path: Path) -> None:
    with contextlib.closing(open_writing(make_database(tmp_path / "a.db"))) as connection:
        connection.execute("PRAGMA max_page_count = 3").fetchall()
        with pytest.raises(FailedError) as caught, translated(doing="fill", path=tmp_path):
            connection.execute("INSERT INTO t (x) VALUES (zeroblob(100000))")

    assert caught.value.code == "disk-full"


def test_quick_check_needs_none_of_the_application_s_functions(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("f", 1, lambda x: x, deterministic=True)
        connection.create_collation("mine", lambda a, b: (a > b) - (a < b))
        connection.execute("CREATE TABLE a (x CHECK (f(x)), y COLLATE mine UNIQUE, g AS (f(x)))")
        connection.execute("CREATE INDEX ag ON a (f(x))")
        connection.execute("INSERT INTO a (x, y) VALUES (1, 'a'), (2, 'b')")

    for opener in (open_reading, open_writing):
        with contextlib.closing(opener(path)) as connection:
            assert quick_check(connection).damage == ()


def test_quick_check_tells_damage_from_rows_and_gives_no_false_alarm(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            "CREATE TABLE w (a TEXT NOT NULL, b TEXT NOT NULL, c TEXT DEFAULT 'id', PRIMARY KEY (a, c))"
            " WITHOUT ROWID; INSERT INTO w VALUES ('a', 'b', 'c');"
            "CREATE TABLE k (x CHECK (x > 0)); PRAGMA ignore_check_constraints = 1; INSERT INTO k VALUES (-1);"
        )
    with contextlib.closing(open_writing(path)) as connection:
        faults = quick_check(connection)

    assert faults.damage == ()
    assert faults.rows == ("CHECK constraint failed in k",)


def test_private_folders_of_dead_runs_are_swept_and_no_others(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom reconcile.database.files import private_folder\n"
        "with private_folder(Path(sys.argv[1])) as f:\n    (f / 'draft').touch()\n    os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)
    strange = tmp_path / ".reconcile-tmp-abcdefgh"
    strange.mkdir(mode=0o700)
    (strange / "precious").touch()
    (tmp_path / ".reconcile-tmp-notes").mkdir(mode=0o700)
    assert len(listing(tmp_path)) == 3

    with private_folder(tmp_path) as first, private_folder(tmp_path) as second:
        assert first.stat().st_mode & 0o777 == 0o700
        assert first.exists()
        assert second.exists()
    assert listing(tmp_path) == [".reconcile-tmp-abcdefgh", ".reconcile-tmp-notes"]


def test_a_reader_leaves_an_uncommitted_dead_transaction_alone(tmp_path: Path) -> None:
    path = make_database(tmp_path / "a.db", mode="wal")
    die_in(path, "c.execute('BEGIN')\nc.execute('DELETE FROM t')")

    assert read(path) == 3
