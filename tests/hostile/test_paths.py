"""What lies in the folder may be a trap: a link where a backup goes, a link for a name, a draft of somebody else's.

The names that backups get by themselves are held in tests/unit/database/test_backup.py.
"""

from __future__ import annotations

import os

import pytest
from runs import build, names, reconcile, rows, untouched


def test_a_backup_goes_through_no_link_to_a_file_that_is_not_there_yet(den):
    (den / "theirs").mkdir()
    (den / "mine.db").symlink_to("theirs/planted.db")

    with untouched(den):
        ran = reconcile("backup", "store.db", "mine.db", folder=den)

    assert (1, True) == (ran.status, "mine.db" in ran.err), ran.out + ran.err
    assert [] == names(den / "theirs")


def test_a_backup_overwrites_no_file_that_a_link_leads_to(den):
    (den / "theirs").write_text("theirs")
    (den / "mine.db").symlink_to("theirs")

    with untouched(den):
        ran = reconcile("backup", "store.db", "mine.db", folder=den)

    assert 1 == ran.status, ran.out + ran.err


def test_a_restore_through_links_writes_the_database_and_neither_link_nor_backup(den):
    saved = build(den / "saved.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "INSERT INTO t VALUES (7, 'q')")
    (den / "backup.db").symlink_to("saved.db")
    (den / "live.db").symlink_to("store.db")
    kept = saved.read_bytes()

    ran = reconcile("restore", "live.db", "backup.db", folder=den)

    assert 0 == ran.status, ran.out + ran.err
    assert [(7, "q")] == rows(den / "store.db", "SELECT * FROM t")
    assert (den / "live.db").is_symlink()
    assert (den / "backup.db").is_symlink()
    assert kept == saved.read_bytes()


def test_a_restore_builds_no_database_behind_a_link_that_leads_nowhere(den):
    (den / "theirs").mkdir()
    (den / "live.db").symlink_to("theirs/planted.db")

    with untouched(den):
        ran = reconcile("restore", "live.db", "store.db", folder=den)

    assert ran.status in (1, 66), ran.out + ran.err


@pytest.mark.parametrize("command", [("backup", "store.db"), ("apply", "store.db", "--yes")])
def test_what_looks_like_a_draft_that_was_left_and_is_somebody_elses_stays(den, command):
    (den / "schema.yaml").write_text(
        "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n      a: BLOB\n"
    )
    folder = den / "backups"
    folder.mkdir()
    victim = den / "victim"
    for place in (victim, folder / ".reconcile-tmp-aaaaaaaa", folder / ".reconcile-tmp-bbbbbbbb"):
        place.mkdir(mode=0o700)
        (place / "draft").write_text("theirs")
    (folder / ".reconcile-tmp-aaaaaaaa").chmod(0o755)
    (folder / ".reconcile-tmp-bbbbbbbb" / "more").write_text("what we never make")
    (folder / ".reconcile-tmp-cccccccc").symlink_to(victim)
    expected = [victim / "draft", folder / ".reconcile-tmp-aaaaaaaa/draft", folder / ".reconcile-tmp-bbbbbbbb/more"]
    if os.geteuid() == 0:
        other = folder / ".reconcile-tmp-dddddddd"
        other.mkdir(mode=0o700)
        (other / "draft").write_text("theirs")
        os.chown(other, 65534, 65534)
        expected.append(other / "draft")

    ran = reconcile(*command, folder=den)

    assert 0 == ran.status, ran.out + ran.err
    assert all(path.is_file() for path in expected)
