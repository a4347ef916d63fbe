"""The power goes at any moment: old or new, and new once that was told. See power.py for what a disk may lose."""

from __future__ import annotations

import random
import shutil
import sqlite3

import pytest
import tracing
from power import Disk, left
from runs import Ran, names
from scenes import ACTS, COMMANDS, STAMPED, Judge, scene
from states import Tried, backup_of_last_version, look

from reconcile import applying
from reconcile.database import backup, restore

pytestmark = pytest.mark.skipif(tracing.why_not() is not None, reason=str(tracing.why_not()))

MODES = ["delete", "wal"]
ALL = [(name, mode) for name in ACTS for mode in MODES if (name, mode) != ("create", "wal")]
SCENES = [(name, mode) for name, mode in ALL if name in COMMANDS]
SHARES = (0.0, 1.0, 0.5, 0.5, 0.8, 0.2)
"""How much of what was not synced is there: nothing, all of it, or any part."""


def cut(stage, moments, *, often, sabotage=None, enough=lambda _: False):
    """Cut the power at this many moments of a run, each with several outcomes; give what is wrong with them.

    Every `often`-th time the next command is run as well. What is wrong may be `enough`.
    """
    lines = tracing.recorded(stage, sabotage)
    disk, dice = Disk(stage.fresh()), random.Random(f"{stage.name} {stage.mode}")
    judge = Judge(stage, Tried(f"power cut during {stage.name}, {stage.mode}"))
    happened = [number for number, line in enumerate(lines) if disk.play(line)]
    chosen = set(happened if moments is None else dice.sample(happened, min(moments, len(happened))))
    chosen.add(happened[-1])
    disk = Disk(stage.fresh())
    for number, line in enumerate(lines):
        disk.play(line)
        if number not in chosen or enough(judge.wrong):
            continue
        for share in SHARES:
            shutil.rmtree(stage.play, ignore_errors=True)
            left(disk, dice, share, stage.play)
            judge_image(judge, f"after call {number}, {share:.0%}: {line[:60]}", disk.said)
            if not judge.wrong and judge.tried.points % often == 0:
                judge._what_comes_next(f"after call {number}", Ran(-9, "", ""), look(stage.store))
    return judge


def judge_image(judge, moment, said):
    stage, wrong = judge.scene, len(judge.wrong)
    judge.tried.points += 1
    try:
        state = look(stage.store)
        saved = {name: look(stage.play / name) for name in names(stage.play) if STAMPED.fullmatch(name)}
        promised = backup_of_last_version(stage.store) if state == stage.new and state.history else None
    except sqlite3.DatabaseError as error:
        judge.wrong.append(f"{moment}: {error}")
        judge.tried.bad += 1
        return
    judge.tried.new += state == stage.new
    judge.tried.old += state == stage.old and state != stage.new
    if state not in (stage.old, stage.new):
        judge.wrong.append(f"{moment}: neither old nor new")
    elif stage.act.done.encode() in said and state != stage.new:
        judge.wrong.append(f"{moment}: it was told to be done, and is old")
    judge.wrong += [f"{moment}: {name} is not whole" for name, found in saved.items() if not sound(stage, name, found)]
    if promised is not None and not promised.is_file():
        judge.wrong.append(f"{moment}: the history names a backup that is not there")
    judge.tried.bad += len(judge.wrong) > wrong


def sound(stage, name, found):
    before = stage.pristine / name
    return found == (look(before) if before.is_file() else stage.old)


@pytest.mark.parametrize(("name", "mode"), SCENES)
def test_when_the_power_goes_it_is_old_or_new_and_new_once_that_was_told(tmp_path, name, mode):
    cut(scene(name, mode, tmp_path), 5, often=18).over()


@pytest.mark.soak
@pytest.mark.parametrize(("name", "mode"), ALL)
def test_when_the_power_goes_at_any_call_it_is_old_or_new(tmp_path, name, mode):
    cut(scene(name, mode, tmp_path, count=120, cache=10), None, often=60).over()


def never_synced():
    """Be a program that leaves it to the system when to write: fast, and lost in a power cut."""
    open_writing = applying.open_writing

    def opened(*arguments, **options):
        connection = open_writing(*arguments, **options)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    applying.open_writing = opened


def synced_but_for_the_folder():
    """Be a program that trusts in SQLite's default: a commit that was told can be undone."""
    open_writing = applying.open_writing

    def opened(*arguments, **options):
        connection = open_writing(*arguments, **options)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    applying.open_writing = opened


def backup_not_synced():
    backup.finished = lambda *_: None


def backup_named_but_not_for_good():
    backup.sync_folder = restore.sync_folder = lambda _: None


@pytest.mark.parametrize(
    ("sabotage", "mode", "seen"),
    [
        (never_synced, "delete", ("malformed", "neither old nor new", "database disk image")),
        (never_synced, "wal", ("neither old nor new", "and is old")),
        (synced_but_for_the_folder, "delete", ("it was told to be done, and is old",)),
        (backup_not_synced, "wal", ("is not whole", "malformed", "not a database")),
        (backup_named_but_not_for_good, "wal", ("a backup that is not there",)),
    ],
)
def test_the_replay_sees_a_program_that_does_not_sync(tmp_path, sabotage, mode, seen):
    """A harness that finds nothing may be blind: here is something to find."""
    stage = scene("apply", mode, tmp_path)

    def found(wrong):
        return any(words in line for line in wrong for words in seen)

    judge = cut(stage, None, often=10**6, sabotage=sabotage, enough=found)

    assert found(judge.wrong), judge.tried
