"""Killed at any write, sync or change of a name, and reopened: old or new, and nothing is left after the next command.

SIGKILL shows what the program and SQLite do with a process that dies. It does not show a power cut: what was written
but not synced is still there.
"""

from __future__ import annotations

import random

import pytest
import tracing
from scenes import Judge, Tried, look, scene
from tracing import NAMES, PAGES, RIGHTS, SYNCS, Point

pytestmark = pytest.mark.skipif(tracing.why_not() is not None, reason=str(tracing.why_not()))

MODES = ["delete", "wal"]


def kill_at_each(stage, *, every):
    """Kill at every `every`-th page that is written, and at everything else."""
    judge = Judge(stage, Tried(f"{stage.name} killed, {stage.mode}"))
    counts = tracing.counted(stage, (*PAGES, *SYNCS, *NAMES, *RIGHTS))
    survived = 0
    for call, count in sorted(counts.items()):
        for number in range(1, count + 1, every if call in PAGES else 1):
            point = Point(call, number, "signal=KILL")
            ran = tracing.struck(stage, point)
            survived += ran.status != -9
            judge.look_at(str(point), ran)
    judge.over()
    assert not survived


@pytest.mark.parametrize("mode", MODES)
def test_apply_killed_anywhere_leaves_old_or_new(tmp_path, mode):
    kill_at_each(scene("apply", mode, tmp_path), every=4)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["restore", "backup"])
def test_restore_and_backup_killed_anywhere_leave_old_or_new(tmp_path, name, mode):
    kill_at_each(scene(name, mode, tmp_path), every=10)


def kill_twice(stage, times):
    """Kill, and kill whoever comes after to mend it."""
    judge = Judge(stage, Tried(f"{stage.name} killed twice, {stage.mode}"))
    counts = tracing.counted(stage, (*PAGES, *SYNCS, *NAMES))
    dice = random.Random(f"{stage.name} {stage.mode}")
    again = ("apply", "store.db", "--plan", stage.plan, *stage.words[3:])
    points = [Point(call, number, "signal=KILL") for call, count in counts.items() for number in range(1, count + 1)]
    for _ in range(times):
        first, second = dice.choices(points, k=2)
        ran = tracing.struck(stage, first)
        if look(stage.play / "store.db") == stage.old:
            ran = tracing.struck_again(stage, again, second)
        judge.look_at(f"{first}, then {second}", ran)
    judge.over()


@pytest.mark.parametrize("mode", MODES)
def test_apply_killed_and_then_killed_again_leaves_old_or_new(tmp_path, mode):
    kill_twice(scene("apply", mode, tmp_path), 8)


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES)
def test_apply_killed_and_then_killed_again_hundreds_of_times_leaves_old_or_new(tmp_path, mode):
    kill_twice(scene("apply", mode, tmp_path, count=500, cache=10), 300)


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["apply", "restore", "backup"])
def test_with_more_rows_than_the_cache_holds_every_single_point_is_survived(tmp_path, name, mode):
    kill_at_each(scene(name, mode, tmp_path, count=2000, cache=10), every=1)
