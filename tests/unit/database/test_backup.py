"""P23: backups open, are sound, equal the source at that moment, have its mode, never go through a link."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import ROOT, as_nobody, count_rows, leave_hot_journal, leave_wal, listing, make_database, snapshot

from reconcile.database import backup as room
from reconcile.database.backup import Backup, backups, copy_pages, default_folder, prune, take, take_to
from reconcile.database.connection import open_reading, open_writing
from reconcile.database.files import file_facts
from reconcile.database.lock import begin_immediate, commit
from reconcile.errors import BusyError, DatabaseFileError, FailedError, UsageError

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)
NAME = "store_20261122_101502.db"


def dump(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_backup_equals_its_source_in_everything_but_its_name(tmp_path: Path, mode: str) -> None:
    setup = (
        "PRAGMA auto_vacuum=1; PRAGMA encoding='UTF-16be'; PRAGMA user_version=7; PRAGMA application_id=9;"
        "CREATE TABLE r (a); INSERT INTO r (rowid, a) VALUES (7, 1), (9, 'x'); CREATE VIEW v AS SELECT * FROM r;"
    )
    path = make_database(tmp_path / "store.db", mode=mode, page_size=1024, rows=300, setup=setup)
    path.chmod(0o640)
    before = snapshot(tmp_path)
    steps: list[tuple[int, int]] = []
    backup = take(path, now=NOW, progress=lambda done, total: steps.append((done, total)))

    assert snapshot(tmp_path) == before
    assert listing(tmp_path / "backups") == [NAME]
    assert backup.path == tmp_path / "backups" / NAME
    assert (backup.size, backup.faults) == (backup.path.stat().st_size, ())
    assert steps[-1][0] == steps[-1][1]
    facts = []
    for each in (path, backup.path):
        with contextlib.closing(open_reading(each)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("SELECT rowid FROM r").fetchall() == [(7,), (9,)]
            found = file_facts(connection, each)
            facts.append((found.size, found.journal_mode, found.page_size, found.encoding, found.mode,
                          found.user_version, found.application_id, found.auto_vacuum))  # fmt: skip
    assert facts[0] == facts[1]
    assert dump(path) == dump(backup.path)
    assert listing(tmp_path / "backups") == [NAME]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_the_state_under_the_appliers_lock_is_what_is_taken(tmp_path: Path, mode: str) -> None:
    path = make_database(tmp_path / "store.db", mode=mode)
    with contextlib.closing(open_writing(path)) as connection:
        begin_immediate(connection, 0)
        backup = take(path, now=NOW)
        assert connection.in_transaction
        connection.execute("DELETE FROM t")
        commit(connection, 0)

    assert (count_rows(backup.path), count_rows(path)) == (3, 0)


def test_rows_that_are_only_in_the_wal_are_taken(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db", mode="wal")
    leave_wal(path)

    assert count_rows(take(path, now=NOW).path) == 4


def test_writers_in_wal_mode_neither_wait_nor_disturb_a_stepped_copy(tmp_path: Path, monkeypatch) -> None:
    """Without a read transaction around it, the copy starts again at every commit and never ends."""
    monkeypatch.setattr(room, "_STEP_BYTES", 4096)
    path = make_database(tmp_path / "store.db", mode="wal", rows=400)
    with contextlib.closing(open_writing(path)) as writer:
        backup = take(path, now=NOW, progress=lambda *_: writer.execute("INSERT INTO t (x) VALUES (1)"))

        assert count_rows(backup.path) == 400
    assert count_rows(path) > 420


def test_names_that_are_taken_are_never_overwritten(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db")
    folder = tmp_path / "backups"
    folder.mkdir()
    victim = tmp_path / "victim"
    (folder / NAME).symlink_to(victim)
    (folder / "store_20261122_101502-2.db-journal").write_bytes(b"somebody's")
    names = [take(path, now=NOW).path.name for _ in range(2)]

    assert names == ["store_20261122_101502-3.db", "store_20261122_101502-4.db"]
    assert not victim.exists()


def test_a_default_folder_that_is_a_link_is_refused_and_a_named_one_is_followed(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db")
    (tmp_path / "big").mkdir()
    (tmp_path / "backups").symlink_to("big")
    with pytest.raises(FailedError, match="link"):
        take(path, now=NOW)
    assert listing(tmp_path / "big") == []

    assert take(path, now=NOW, folder=tmp_path / "backups").path.parent == tmp_path / "big"


def test_a_link_to_a_database_is_backed_up_beside_the_real_file(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    make_database(tmp_path / "shared" / "store.db", mode="wal")
    link = tmp_path / "current.db"
    link.symlink_to("shared/store.db")

    assert take(link, now=NOW).path == tmp_path / "shared" / "backups" / NAME
    assert default_folder(link) == tmp_path / "shared" / "backups"


def test_a_folder_that_several_databases_share_keeps_their_backups_apart(tmp_path: Path) -> None:
    shared = tmp_path / "all"
    tenants = []
    for tenant in ("a", "b"):
        (tmp_path / tenant).mkdir()
        tenants.append(make_database(tmp_path / tenant / "store.db"))
        for _ in range(3):
            take(tenants[-1], now=NOW, folder=shared)
    gone = prune(shared, tenants[0], 1)

    assert len(gone) == 2
    assert [len(backups(shared, each)) for each in tenants] == [1, 3]


def test_pruning_deletes_the_oldest_of_ours_and_nothing_else(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db")
    taken = [take(path, now=NOW.replace(hour=hour)).path for hour in (3, 1, 2, 2)]
    folder = tmp_path / "backups"
    others = ["store_old.db", "store_20261122_101502.db.txt", "xstore_20261122_101502.db", "store_2026.db",
              "store_20261122_101502-0.db", "store_20261122_101502.sqlite", "other_20261122_101502.db"]  # fmt: skip
    for name in others:
        shutil.copyfile(taken[0], folder / name)
    (folder / "store_20000101_000000.db").mkdir()
    (folder / "store_20000101_000001.db").symlink_to(path)
    (folder / "store_20000101_000002.db").touch()

    assert backups(folder, path) == (taken[1], taken[2], taken[3], taken[0])
    assert prune(folder, path, 9) == ()
    os.utime(taken[1], (4_000_000_000, 4_000_000_000))
    assert prune(folder, path, 1) == (taken[2], taken[3])
    assert backups(folder, path) == (taken[1], taken[0])
    assert set(others) < set(listing(folder))
    with pytest.raises(UsageError):
        prune(folder, path, 0)
    assert backups(tmp_path / "none", path) == ()


@pytest.mark.parametrize("name", ["a b.db", "a[0].db", "noending", "x.production", "é\n.db", "-.db"])
def test_hostile_names_are_listed_as_they_were_written(tmp_path: Path, name: str) -> None:
    path = make_database(tmp_path / name)

    assert [take(path, now=NOW).path] == list(backups(default_folder(path), path))


def test_an_empty_database_has_a_backup_too(tmp_path: Path) -> None:
    (tmp_path / "store.db").touch()
    backup = take(tmp_path / "store.db", now=NOW)

    assert dump(backup.path) == dump(tmp_path / "store.db")


def test_a_backup_to_a_named_file_overwrites_nothing(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db")
    target = tmp_path / "mine.db"
    assert take_to(path, target).path == target
    assert count_rows(target) == 3

    before = snapshot(tmp_path)
    with pytest.raises(FailedError) as caught:
        take_to(path, target)
    assert caught.value.code == "exists"
    with pytest.raises(FailedError):
        take_to(path, tmp_path / "no" / "mine.db")
    assert snapshot(tmp_path) == before
    assert listing(tmp_path) == ["mine.db", "store.db"]


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db", rows=400)

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(path, now=NOW, progress=interrupt)
    assert not (tmp_path / "backups").exists()
    assert count_rows(path) == 400


def test_a_killed_backup_has_no_name_and_is_swept_by_the_next(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db", rows=400)
    script = (
        "import os, sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from reconcile.database.backup import take\n"
        "take(Path(sys.argv[1]), now=datetime(2026, 1, 1), progress=lambda *_: os._exit(9))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert backups(tmp_path / "backups", path) == ()
    assert len(listing(tmp_path / "backups")) == 1

    take(path, now=NOW)
    assert listing(tmp_path / "backups") == [NAME]


def test_no_space_is_told_before_a_byte_is_written(tmp_path: Path, monkeypatch) -> None:
    path = make_database(tmp_path / "store.db")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 0, 10))
    with pytest.raises(FailedError, match="needs 8,192 bytes, and 10 are free") as caught:
        take(path, now=NOW)

    assert (caught.value.code, caught.value.place) == ("disk-full", str(tmp_path / "backups"))
    assert not (tmp_path / "backups").exists()


def test_a_disk_that_fills_up_on_the_way_leaves_nothing_behind(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands in for the disk: SQLite gets a short write."""
    path = make_database(tmp_path / "store.db", rows=400)
    script = (
        "import resource, signal, sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from reconcile.database.backup import take\nfrom reconcile.errors import FailedError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (50000, {resource.RLIM_INFINITY}))\n"
        "try:\n    take(Path(sys.argv[1]), now=datetime(2026, 1, 1))\n"
        "except FailedError as error:\n    print(error.code)"
    )
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) in {("io-error", ""), ("disk-full", "")}
    assert not (tmp_path / "backups").exists()
    assert count_rows(path) == 400


def test_a_full_small_disk_is_told(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs root to mount a small file system")
    try:
        path = make_database(tmp_path / "store.db", rows=400)
        with pytest.raises(FailedError) as caught:
            take(path, now=NOW, folder=small)
        assert caught.value.code == "disk-full"
        assert listing(small) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_locked_database_is_waited_for_and_no_longer(tmp_path: Path, elsewhere) -> None:
    path = make_database(tmp_path / "store.db")
    elsewhere(path, "BEGIN EXCLUSIVE")

    with pytest.raises(BusyError):
        take(path, now=NOW, wait=0.05)
    assert not (tmp_path / "backups").exists()


def test_a_copy_into_a_locked_file_ends_by_itself(tmp_path: Path, elsewhere) -> None:
    """The standard library's own backup() would try for ever."""
    source = make_database(tmp_path / "a.db")
    target = make_database(tmp_path / "b.db", rows=5)
    elsewhere(target, "BEGIN IMMEDIATE")
    with (
        contextlib.closing(open_reading(source)) as reading,
        contextlib.closing(open_writing(target)) as writing,
        pytest.raises(BusyError, match="copy"),
    ):
        copy_pages(reading, writing, path=target, wait=0.05)

    assert count_rows(target) == 5


def test_a_hot_journal_and_a_missing_file_are_told_as_by_any_reader(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db")
    leave_hot_journal(path)
    with pytest.raises(FailedError) as caught:
        take(path, now=NOW)
    assert caught.value.code == "unfinished-transaction"
    with pytest.raises(DatabaseFileError):
        take(tmp_path / "none.db", now=NOW)

    assert not (tmp_path / "none.db").exists()


def test_a_damaged_source_is_copied_as_it_is_and_told(tmp_path: Path) -> None:
    path = make_database(tmp_path / "store.db", rows=400)
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 100)
    backup = take(path, now=NOW)

    assert backup.faults
    assert backup.path.read_bytes()[4096:] == path.read_bytes()[4096:]


def test_without_hard_links_the_name_is_claimed_first(tmp_path: Path, monkeypatch) -> None:
    path = make_database(tmp_path / "store.db")

    def link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)
    names = [take(path, now=NOW).path.name for _ in range(2)]

    assert names == [NAME, "store_20261122_101502-2.db"]
    assert listing(tmp_path / "backups") == sorted(names)
    assert count_rows(tmp_path / "backups" / NAME) == 3


def test_where_nothing_may_be_written_that_is_what_is_said(public: Path) -> None:
    path = make_database(public / "store.db")
    script = (
        "import sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from reconcile.database.backup import take\nfrom reconcile.errors import FailedError\n"
        "try:\n    take(Path(sys.argv[1]), now=datetime(2026, 1, 1))\n"
        "except FailedError as error:\n    print(error.code, error.message)"
    )

    assert as_nobody(script, path).startswith("read-only could not make the folder for backups")


def test_a_group_that_cannot_be_kept_gets_no_rights(public: Path) -> None:
    path = make_database(public / "store.db")
    path.chmod(0o644)
    path.with_name("backups").mkdir()
    path.with_name("backups").chmod(0o777)
    script = (
        "import sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from reconcile.database.backup import take\n"
        "print(oct(take(Path(sys.argv[1]), now=datetime(2026, 1, 1)).path.stat().st_mode))"
    )
    printed = as_nobody(script, path)

    assert printed in {"0o100604\n", "0o100644\n"}


def test_what_is_told_is_a_value() -> None:
    assert Backup(Path("a"), 1, 0.5) == Backup(Path("a"), 1, 0.5, ())
