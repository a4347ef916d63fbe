"""What surrounds a database fails: no space, no right to write, a folder that goes, a clock that jumps."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
from pathlib import Path

import children
import pytest
from runs import build, reconcile, rows
from scenes import COMMANDS, Judge, run, scene
from states import Tried

from reconcile import api, restoring, values
from reconcile.database import backup as backups

MODES = ["delete", "wal"]
ONE_EACH = [(name, MODES[place % 2]) for place, name in enumerate(COMMANDS)]
REST = [(name, mode) for name in COMMANDS for mode in MODES if (name, mode) not in (*ONE_EACH, ("create", "wal"))]
SCENES = [*ONE_EACH, *(pytest.param(*each, marks=pytest.mark.soak) for each in REST)]


@contextlib.contextmanager
def mounted(folder, size):
    """Make a folder a file system of its own, and give what changes it; skip where that is not permitted."""

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
        return subprocess.run(command, check=False, capture_output=True, timeout=children.PATIENCE)

    folder.mkdir()
    done = mount(f"size={size}k")
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.decode().strip()}")
    try:
        yield lambda options: mount(f"remount,{options}").check_returncode()
    finally:
        subprocess.run(["umount", "-l", folder], check=True, timeout=children.PATIENCE)


def sees_no_limit():
    """Believe that there is room for everything, so that it is only found out when it is written."""
    usage = shutil.disk_usage
    shutil.disk_usage = lambda path: usage(path)._replace(free=2**40)


@pytest.mark.parametrize(("name", "mode"), SCENES)
def test_a_disk_that_is_full_at_any_point_leaves_old_or_new(tmp_path, name, mode):
    stage = scene(name, mode, tmp_path)
    shutil.rmtree(stage.play)
    judge = Judge(stage, Tried(f"{name} on a full disk, {mode}"))
    needed = sum(file.stat().st_size // 1024 + 4 for file in stage.pristine.rglob("*"))
    statuses = []
    with mounted(stage.play, needed + 2000) as change:
        judge.mended = lambda: change(f"size={needed + 2000}k")
        for more in (4, 44, 64, 96, 400):

            def filled(more=more):
                sees_no_limit()
                change(f"size={needed + more}k")

            ran = run(stage, filled)
            statuses.append(ran.status)
            judge.look_at(f"with {more} KiB more", ran)

    judge.over()
    assert 1 in statuses
    assert 0 == statuses[-1], ran.err


@pytest.mark.parametrize(("name", "mode"), SCENES)
def test_a_file_system_that_becomes_read_only_is_told_and_nothing_is_changed(tmp_path, name, mode):
    stage = scene(name, mode, tmp_path)
    shutil.rmtree(stage.play)
    judge = Judge(stage, Tried(f"{name} on a read-only disk, {mode}"))
    with mounted(stage.play, 4000) as change:
        judge.mended = lambda: change("rw")
        ran = run(stage, lambda: change("ro"))
        judge.look_at("from the start", ran)

    judge.over()
    assert 1 == ran.status, ran.out + ran.err
    assert "Nothing was changed." in ran.out + ran.err


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "create"])
def test_a_backup_folder_that_vanishes_is_told_and_nothing_is_changed(tmp_path, name):
    stage = scene(name, "wal", tmp_path)
    judge = Judge(stage, Tried(f"{name} whose folder for backups vanishes"))

    def sabotage():
        make = os.mkdir

        def vanish(path, *arguments, **options):
            make(path, *arguments, **options)
            if ".reconcile-tmp-" in str(path):
                Path(path).rename(f"{stage.play}.gone")
                with contextlib.suppress(OSError):
                    Path(path).parent.rmdir()

        os.mkdir = vanish

    ran = run(stage, sabotage)
    Path(f"{stage.play}.gone").rmdir()
    judge.look_at("while it is made", ran)

    assert 1 == ran.status
    assert "could not" in ran.err
    judge.over()


class Clock(dt.datetime):
    """A clock that says what we want; what it names gets its time, too."""

    moment = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)

    @classmethod
    def now(cls, tz=None):
        return cls.moment.astimezone(tz)


@pytest.fixture
def clock(monkeypatch):
    for module in (values, api, restoring):
        monkeypatch.setattr(module, "datetime", Clock)
    publish = backups.publish

    def stamped(*arguments):
        final = publish(*arguments)
        os.utime(final, (Clock.moment.timestamp(), Clock.moment.timestamp()))
        return final

    monkeypatch.setattr(backups, "publish", stamped)

    def jump(**by):
        monkeypatch.setattr(Clock, "moment", Clock.moment + dt.timedelta(**by))

    return jump


SCHEMA = "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n"


def test_a_clock_that_jumps_mixes_up_no_version_and_costs_no_backup(tmp_path, clock):
    folder = tmp_path / "shop"
    folder.mkdir()
    store = build(folder / "store.db", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    taken = []
    for number, jump in enumerate([{}, {"days": -400}, {"days": 4000}, {"days": -1}, {}]):
        clock(**jump)
        more = "".join(f"      c{each}: TEXT\n" for each in range(number + 1))
        (folder / "schema.yaml").write_text(SCHEMA + more, "utf-8")
        ran = reconcile("apply", "store.db", "--yes", "--keep", "1", folder=folder)
        assert 0 == ran.status, ran.err
        taken.append(re.search(r"backups/\S+\.db", ran.out + ran.err)[0])
        assert (folder / taken[-1]).is_file()

    assert 5 == len(set(taken))
    history = reconcile("history", "store.db", folder=folder).out
    assert ["#5", "#4", "#3", "#2", "#1"] == re.findall(r"#\d", history)[:5], history
    back = reconcile("rollback", "store.db", "--yes", "--allow", "drop-column:t.c4", folder=folder)
    assert 0 == back.status, back.out + back.err
    assert ["id", "c0", "c1", "c2", "c3"] == [row[0] for row in rows(store, "SELECT name FROM pragma_table_info('t')")]
