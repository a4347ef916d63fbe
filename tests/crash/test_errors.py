"""The system refuses a call at any point: the exit code and the message tell the state that is found."""

from __future__ import annotations

import random
from itertools import product

import pytest
import tracing
from scenes import ACTS, Judge, scene
from states import Tried
from tracing import LOCKS, NAMES, PAGES, SYNCS, Point

pytestmark = pytest.mark.skipif(tracing.why_not() is not None, reason=str(tracing.why_not()))

MODES = ["delete", "wal"]
ALL = [(name, mode) for name in ACTS for mode in MODES if (name, mode) != ("create", "wal")]
ERRORS = {
    "ENOSPC": (*PAGES, "mkdir", "linkat", "ftruncate", "fallocate"),
    "EDQUOT": (*PAGES, "mkdir", "linkat", "openat"),
    "EIO": (*PAGES, *SYNCS, *NAMES, "pread64"),
    "EMFILE": ("openat",),
    "EACCES": (*LOCKS, "openat", "unlink"),
}


def points(stage, random_, share):
    """Draw a share of all the points, at least one of every kind."""
    calls = tuple(sorted({call for kinds in ERRORS.values() for call in kinds}))
    counts = tracing.counted(stage, calls)
    for error, kinds in ERRORS.items():
        for call in kinds:
            numbers = range(1, counts[call] + 1)
            for number in sorted(random_.sample(numbers, min(len(numbers), max(1, int(len(numbers) * share))))):
                yield Point(call, number, f"error={error}")


def fail_at(stage, chosen, *, lasting=False):
    # restore reads back what it wrote; where that read fails it says, rightly, that it does not know.
    may_doubt = lasting or "restore" in stage.name
    judge = Judge(stage, Tried(f"{stage.name} with {'lasting ' * lasting}errors, {stage.mode}"), may_doubt)
    for point in chosen:
        judge.look_at(str(point), tracing.struck(stage, point))
    judge.over()


@pytest.mark.parametrize(
    ("name", "mode"), [*product(["apply", "restore"], MODES), ("rollback-restore", "wal"), ("ensure", "wal")]
)
def test_an_error_of_the_system_is_told_with_the_true_state(tmp_path, name, mode):
    stage = scene(name, mode, tmp_path)

    fail_at(stage, points(stage, random.Random(f"{name} {mode}"), 0.01))


@pytest.mark.parametrize("mode", MODES)
def test_an_error_that_stays_is_told_with_the_true_state_or_with_doubt(tmp_path, mode):
    stage = scene("apply", mode, tmp_path)
    counts = tracing.counted(stage, ("pwrite64", "fcntl", *SYNCS))
    sync = "fdatasync" if counts["fdatasync"] else "fsync"  # as SQLite was compiled
    chosen = [
        Point("pwrite64", max(1, counts["pwrite64"] // 2), "error=ENOSPC", lasting=True),
        Point(sync, 1, "error=EIO", lasting=True),
        Point(sync, counts[sync], "error=EIO", lasting=True),
        # Not anywhere: SQLite takes it for a lost race for the locks of a WAL, and tries again for ten seconds.
        Point("fcntl", counts["fcntl"] * 7 // 10, "error=EACCES", lasting=True),
    ]

    fail_at(stage, chosen, lasting=True)


@pytest.mark.soak
@pytest.mark.parametrize(("name", "mode"), ALL)
def test_at_every_point_an_error_is_told_with_the_true_state(tmp_path, name, mode):
    stage = scene(name, mode, tmp_path, count=120, cache=10)

    fail_at(stage, points(stage, random.Random(0), 1.0))
