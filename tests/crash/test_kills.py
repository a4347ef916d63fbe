"""Killed at any write, sync or change of a name, and reopened: old or new, and the next command leaves nothing behind.

SIGKILL shows what the program and SQLite do with a process that dies; `test_power`, what a power cut takes besides.
"""

from __future__ import annotations

import random

import pytest
import tracing
from scenes import ACTS, COMMANDS, Judge, scene
from states import Tried, look
from tracing import NAMES, PAGES, RIGHTS, SAID, SYNCS, Point

pytestmark = pytest.mark.skipif(tracing.why_not() is not None, reason=str(tracing.why_not()))

MODES = ["delete", "wal"]
ALL = [(name, mode) for name in ACTS for mode in MODES if (name, mode) != ("create", "wal")]
SCENES = [(name, mode) for name, mode in ALL if name in COMMANDS]
CALLS = (*PAGES, *SYNCS, *NAMES, *RIGHTS, *SAID)


def kill_at(stage, at_most, calls=CALLS):
    """Kill at this many of each of these calls, spread evenly, first and last among them; None: at every one."""
    judge = Judge(stage, Tried(f"{stage.name} killed, {stage.mode}"))
    survived = []
    for call, count in sorted(tracing.counted(stage, calls).items()):
        for number in spread(count, at_most):
            point = Point(call, number, "signal=KILL")
            ran = tracing.struck(stage, point)
            # A name that is taken in the same second is one link more, in one run and not in another.
            if ran.status != -9 and call != "linkat":
                survived.append(str(point))
            judge.look_at(str(point), ran)
    judge.over()
    assert [] == survived


def spread(count, at_most):
    if at_most is None or count <= at_most:
        return range(1, count + 1)
    return sorted({1 + round(step * (count - 1) / (at_most - 1)) for step in range(at_most)})


@pytest.mark.parametrize(("name", "mode"), SCENES)
def test_killed_at_some_points_it_leaves_old_or_new(tmp_path, name, mode):
    kill_at(scene(name, mode, tmp_path), 2)


@pytest.mark.parametrize("mode", MODES)
def test_an_application_that_is_killed_in_ensure_starts_again_from_old_or_new(tmp_path, mode):
    kill_at(scene("ensure", mode, tmp_path), 2, SYNCS)


@pytest.mark.soak
@pytest.mark.parametrize(("name", "mode"), ALL)
def test_with_more_rows_than_the_cache_holds_every_single_point_is_survived(tmp_path, name, mode):
    kill_at(scene(name, mode, tmp_path, count=120, cache=10), None)


def kill_twice(stage, times):
    """Kill, and kill whoever comes after to mend it."""
    judge = Judge(stage, Tried(f"{stage.name} killed twice, {stage.mode}"), also=(stage.new,))
    counts = tracing.counted(stage, (*PAGES, *SYNCS, *NAMES))
    dice = random.Random(f"{stage.name} {stage.mode}")
    points = [Point(call, number, "signal=KILL") for call, count in counts.items() for number in range(1, count + 1)]
    for _ in range(times):
        first, second = dice.choices(points, k=2)
        ran = tracing.struck(stage, first)
        if look(stage.store) == stage.old:
            ran = tracing.struck_again(stage, stage.words, second)
        else:
            tracing.struck_again(stage, stage.act.then, second)
        judge.look_at(f"{first}, then {second}", ran)
    judge.over()


@pytest.mark.parametrize(("name", "mode"), SCENES)
def test_killed_and_then_killed_again_it_leaves_old_or_new(tmp_path, name, mode):
    kill_twice(scene(name, mode, tmp_path), 1)


@pytest.mark.soak
@pytest.mark.parametrize(("name", "mode"), ALL)
def test_killed_and_then_killed_again_many_times_it_leaves_old_or_new(tmp_path, name, mode):
    kill_twice(scene(name, mode, tmp_path, count=120, cache=10), 30)
