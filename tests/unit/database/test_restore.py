"""Restoring: the backup's content is there, or the old one is; never a mixture, never a commit lost unseen."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import children
import pytest
from conftest import (
    ROOT,
    as_nobody,
    count_rows,
    leave_hot_journal,
    leave_wal,
    listing,
    make_database,
    snapshot,
)

from reconcile.database import backup as backup_room
from reconcile.database import restore as room
from reconcile.database.backup import take
from reconcile.database.connection import open_reading
from reconcile.database.files import file_facts
from reconcile.database.restore import restore
from reconcile.errors import (
    BusyError,
    DatabaseFileError,
    DataState,
    FailedError,
    InterruptedByUserError,
    UsageError,
    VerificationError,
)

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)


def state(path: Path) -> tuple[int, str, int]:
    with contextlib.closing(open_reading(path)) as connection:
        facts = file_facts(connection, path)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute("SELECT count(*) FROM t").fetchone()[0], facts.journal_mode, facts.page_size


@pytest.mark.parametrize("live_mode", ["delete", "wal"])
@pytest.mark.parametrize("backup_mode", ["delete", "wal"])
@pytest.mark.parametrize("page_size", [1024, 4096])
def test_content_comes_back_and_the_journal_mode_stays(
    tmp_path: Path, live_mode: str, backup_mode: str, page_size: int
) -> None:
    live = make_database(tmp_path / "a.db", mode=live_mode, rows=300)
    backup = make_database(tmp_path / "b.db", mode=backup_mode, rows=50, page_size=page_size)
    live.chmod(0o640)
    inode, kept = live.stat().st_ino, snapshot(tmp_path)["b.db"]
    restored = restore(live, backup, now=NOW)

    assert state(live) == (50, live_mode, page_size)
    assert (live.stat().st_ino, live.stat().st_mode & 0o777) == (inode, 0o640)
    assert snapshot(tmp_path)["b.db"] == kept
    assert listing(tmp_path) == ["a.db", "b.db", "backups"]
    assert restored.safety is not None
    assert state(restored.safety.path)[0] == 300
    assert (restored.verified, restored.faults, restored.size) == (True, (), live.stat().st_size)


def test_a_restore_can_be_restored_from(tmp_path: Path) -> None:
    live = make_database(tmp_path / "a.db", mode="wal", rows=30)
    leave_wal(live)
    first = take(live, now=NOW)
    make_database(tmp_path / "b.db", rows=5)
    second = restore(live, tmp_path / "b.db", now=NOW)
    assert second.safety is not None

    assert second.safety.path.name == "a_20261122_101502-2.db"
    restore(live, second.safety.path, now=NOW)
    assert state(live)[0] == 31
    restore(live, first.path, now=NOW)
    assert state(live)[0] == 31


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_missing_database_is_built_whole(tmp_path: Path, mode: str) -> None:
    backup = make_database(tmp_path / "b.db", mode=mode, rows=50)
    backup.chmod(0o600)
    restored = restore(tmp_path / "a.db", backup, now=NOW)

    assert restored.safety is None
    assert state(tmp_path / "a.db") == (50, mode, 4096)
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600
    assert listing(tmp_path) == ["a.db", "b.db"]


def test_nothing_is_built_beside_the_remains_of_another(tmp_path: Path) -> None:
    backup = make_database(tmp_path / "b.db")
    (tmp_path / "a.db-wal").write_bytes(b"committed rows")
    with pytest.raises(DatabaseFileError) as caught:
        restore(tmp_path / "a.db", backup, now=NOW)

    assert caught.value.code == "left-over"
    assert listing(tmp_path) == ["a.db-wal", "b.db"]


def test_connected_programs_see_the_old_state_then_the_new(tmp_path: Path) -> None:
    for mode in ("delete", "wal"):
        live = make_database(tmp_path / f"{mode}.db", mode=mode, rows=300)
        backup = make_database(tmp_path / f"{mode}-b.db", rows=50)
        with contextlib.closing(sqlite3.connect(live, isolation_level=None)) as other:
            seen = []
            if mode == "wal":
                restore(live, backup, now=NOW, progress=lambda *_, c=other, s=seen: s.append(
                    c.execute("SELECT count(*) FROM t").fetchone()[0]))  # fmt: skip
                assert set(seen[:-1]) == {300}
            else:
                restore(live, backup, now=NOW)
            assert other.execute("SELECT count(*) FROM t").fetchone() == (50,)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_writer_in_the_way_ends_it_and_nothing_has_changed(tmp_path: Path, elsewhere, mode: str) -> None:
    live = make_database(tmp_path / "a.db", mode=mode)
    backup = make_database(tmp_path / "b.db", rows=50)
    elsewhere(live, "BEGIN IMMEDIATE")
    with pytest.raises(BusyError):
        restore(live, backup, now=NOW, wait=0.05)

    assert count_rows(live) == 3


def test_a_reader_in_the_way_ends_it_in_rollback_mode(tmp_path: Path, elsewhere) -> None:
    live = make_database(tmp_path / "a.db")
    backup = make_database(tmp_path / "b.db", mode="wal", rows=50)
    reader = elsewhere(live, "BEGIN;SELECT * FROM t")
    with pytest.raises(BusyError) as caught:
        restore(live, backup, now=NOW, wait=0.05)
    children.talked(reader, "\n")

    assert caught.value.data is DataState.UNTOUCHED
    assert state(live) == (3, "delete", 4096)


def test_another_page_size_needs_everybody_out_in_wal_mode(tmp_path: Path, elsewhere) -> None:
    live = make_database(tmp_path / "a.db", mode="wal")
    backup = make_database(tmp_path / "b.db", rows=50, page_size=1024)
    other = elsewhere(live, "SELECT * FROM t")
    with pytest.raises(BusyError) as caught:
        restore(live, backup, now=NOW, wait=0.05)
    assert "page sizes" in (caught.value.hint or "")
    children.talked(other, "\n")

    assert state(live) == (3, "wal", 4096)
    restore(live, backup, now=NOW)
    assert state(live) == (50, "wal", 1024)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_commit_between_the_safety_backup_and_the_restore_is_never_lost_unseen(
    tmp_path: Path, monkeypatch, mode: str
) -> None:
    """The writer waits for its lock, as every application does, and strikes the moment it is free."""
    live = make_database(tmp_path / "a.db", mode=mode)
    backup = make_database(tmp_path / "b.db", rows=50)
    original = room.copy_pages
    said = []

    def copy_after_a_writer(*args: object, **kwargs: object) -> None:
        script = (
            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=0,isolation_level=None)\n"
            "try: c.execute('INSERT INTO t (x) VALUES (1)'); print('written')\n"
            "except sqlite3.OperationalError as e: print(e)"
        )
        command = [sys.executable, "-c", script, str(live)]
        said.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
        original(*args, **kwargs)

    monkeypatch.setattr(room, "copy_pages", copy_after_a_writer)
    if mode == "delete":
        restore(live, backup, now=NOW)
        assert said == ["database is locked"]
        assert count_rows(live) == 50
    else:
        with pytest.raises(BusyError) as caught:
            restore(live, backup, now=NOW)
        assert (said, caught.value.code) == (["written"], "raced")
        assert count_rows(live) == 4


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("page_size", [1024, 4096])
def test_ctrl_c_in_the_middle_leaves_the_old_state(tmp_path: Path, monkeypatch, mode: str, page_size: int) -> None:
    monkeypatch.setattr(backup_room, "_STEP_BYTES", 4096)
    live = make_database(tmp_path / "a.db", mode=mode, rows=300)
    backup = make_database(tmp_path / "b.db", rows=200, page_size=page_size)
    totals: set[int] = set()

    def interrupt(done: int, total: int) -> None:
        totals.add(total)
        if len(totals) == 2 and done > 8:
            raise KeyboardInterrupt

    with pytest.raises(InterruptedByUserError) as caught:
        restore(live, backup, now=NOW, progress=interrupt)
    assert caught.value.data is DataState.UNTOUCHED
    assert state(live) == (300, mode, 4096)
    assert listing(tmp_path) == ["a.db", "b.db", "backups"]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_process_killed_in_the_middle_leaves_the_old_state(tmp_path: Path, mode: str) -> None:
    live = make_database(tmp_path / "a.db", mode=mode, rows=3000)
    backup = make_database(tmp_path / "b.db", rows=2000)
    script = (
        "import os, sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from reconcile.database import backup, restore\nbackup._STEP_BYTES = 4096\ntotals = set()\n"
        "def die(done, total):\n    totals.add(total)\n    len(totals) == 2 and done > 200 and os._exit(9)\n"
        "restore.restore(Path(sys.argv[1]), Path(sys.argv[2]), now=datetime(2026, 1, 1), progress=die)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(live), str(backup)], cwd=ROOT, check=False)
    assert done.returncode == 9

    assert count_rows(live) == 3000
    assert state(live) == (3000, mode, 4096)


def test_what_is_no_sound_backup_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    live = make_database(tmp_path / "a.db")
    damaged = make_database(tmp_path / "b.db", rows=400)
    with damaged.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 100)
    short = make_database(tmp_path / "s.db", rows=400)
    os.truncate(short, 3000)
    (tmp_path / "n.db").write_text("no database" * 100)
    hot = make_database(tmp_path / "h.db")
    leave_hot_journal(hot)
    before = snapshot(tmp_path)
    codes = []
    for name in ("b.db", "s.db", "n.db", "h.db", "none.db"):
        for target in (live, tmp_path / "new.db"):
            with pytest.raises((FailedError, DatabaseFileError)) as caught:
                restore(target, tmp_path / name, now=NOW)
            codes.append(caught.value.code)

    assert codes[::2] == codes[1::2]
    assert codes[::2] == ["backup-damaged", "backup-damaged", "not-a-database", "unfinished-transaction", "missing"]
    assert snapshot(tmp_path) == before


def test_a_damaged_live_file_says_how_to_go_on(tmp_path: Path) -> None:
    live = tmp_path / "a.db"
    live.write_text("overwritten" * 1000)
    backup = make_database(tmp_path / "b.db", rows=50)
    with pytest.raises(DatabaseFileError) as caught:
        restore(live, backup, now=NOW)
    assert "move it away" in (caught.value.hint or "")

    live.unlink()
    restore(live, backup, now=NOW)
    assert state(live)[0] == 50


def test_a_live_file_with_damaged_pages_is_kept_and_replaced(tmp_path: Path) -> None:
    live = make_database(tmp_path / "a.db", rows=400)
    with live.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 100)
    restored = restore(live, make_database(tmp_path / "b.db", rows=50), now=NOW)

    assert state(live)[0] == 50
    assert restored.safety is not None
    assert restored.safety.faults


def test_a_hot_journal_is_rolled_back_before_the_safety_backup(tmp_path: Path) -> None:
    live = make_database(tmp_path / "a.db")
    leave_hot_journal(live)
    restored = restore(live, make_database(tmp_path / "b.db", rows=50), now=NOW)

    assert restored.safety is not None
    assert (state(restored.safety.path)[0], state(live)[0]) == (3, 50)


def test_zero_bytes_can_be_restored_into(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    restore(tmp_path / "a.db", make_database(tmp_path / "b.db", mode="wal", page_size=1024), now=NOW)

    assert state(tmp_path / "a.db") == (3, "delete", 1024)


def test_a_file_is_not_restored_from_itself(tmp_path: Path) -> None:
    live = make_database(tmp_path / "a.db")
    (tmp_path / "link.db").symlink_to("a.db")
    with pytest.raises(UsageError):
        restore(live, tmp_path / "link.db", now=NOW)

    assert listing(tmp_path) == ["a.db", "link.db"]


def test_a_link_to_the_live_file_stays_a_link(tmp_path: Path) -> None:
    live = make_database(tmp_path / "a.db")
    (tmp_path / "link.db").symlink_to("a.db")
    restore(tmp_path / "link.db", make_database(tmp_path / "b.db", rows=50), now=NOW)

    assert (tmp_path / "link.db").is_symlink()
    assert state(live)[0] == 50


def test_no_space_for_the_safety_backup_stops_it(tmp_path: Path, monkeypatch) -> None:
    live = make_database(tmp_path / "a.db")
    backup = make_database(tmp_path / "b.db", rows=50)
    usage = backup_room.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(backup_room.shutil, "disk_usage", lambda _: usage._replace(free=0))
    with pytest.raises(FailedError) as caught:
        restore(live, backup, now=NOW)

    assert (caught.value.code, caught.value.data) == ("disk-full", DataState.UNTOUCHED)
    assert state(live)[0] == 3


def test_a_difference_after_the_restore_is_told_with_the_way_back(tmp_path: Path, monkeypatch) -> None:
    live = make_database(tmp_path / "a.db")
    counts = iter((1, 2))
    monkeypatch.setattr(room, "_counted", lambda _: (("t", next(counts)),))
    with pytest.raises(VerificationError) as caught:
        restore(live, make_database(tmp_path / "b.db", rows=50), now=NOW)

    assert caught.value.data is DataState.NEEDS_YOU
    assert "backups/a_20261122_101502.db" in (caught.value.hint or "")


def collate(connection: sqlite3.Connection) -> None:
    connection.create_collation("mine", lambda a, b: (a > b) - (a < b))


def test_tables_with_the_application_s_own_functions_and_collations_come_back(tmp_path: Path) -> None:
    backup = tmp_path / "b.db"
    with contextlib.closing(sqlite3.connect(backup, isolation_level=None)) as connection:
        connection.create_function("f", 1, lambda x: x, deterministic=True)
        collate(connection)
        connection.execute("CREATE TABLE t (x CHECK (f(x)), y COLLATE mine PRIMARY KEY) WITHOUT ROWID")
        connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    live = make_database(tmp_path / "a.db")
    restore(live, backup, now=NOW)
    restore(tmp_path / "new.db", backup, now=NOW)

    for path in (live, tmp_path / "new.db"):
        with contextlib.closing(open_reading(path, prepare=collate)) as connection:
            assert connection.execute("SELECT sum(x) FROM t").fetchone() == (3,)


def test_who_may_not_write_changes_nothing(public: Path) -> None:
    live = make_database(public / "a.db")
    backup = make_database(public / "b.db", rows=50)
    before = snapshot(public)
    script = (
        "import sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from reconcile.database.restore import restore\nfrom reconcile.errors import FailedError\n"
        "try:\n    restore(Path(sys.argv[1]), Path(sys.argv[2]), now=datetime(2026, 1, 1))\n"
        "except FailedError as error:\n    print(error.code)"
    )

    assert as_nobody(script, live, backup) == "read-only\n"
    assert snapshot(public) == before
