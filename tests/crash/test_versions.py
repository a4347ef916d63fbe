"""Two versions of SQLite on one file: what one leaves when its process dies, the other takes up and goes on from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import children
import pytest
from runs import build, names
from scenes import GONE, STAMPED, scene
from states import TRIED, Tried, look

NEWER = {"PYTHONPATH": str(Path(__file__).parents[1] / "newest")}
OLDER = {"PYTHONPATH": ""}
RUN = """
import os, sqlite3, sys
from reconcile import applying
from reconcile.cli.app import main

def gone(*_):
    os._exit(99)

def committed(*arguments):
    commit(*arguments)
    gone()

commit, when = applying.commit, sys.argv[1]
applying.commit = {"before": gone, "after": committed, "never": commit}[when]
print("SQLite", sqlite3.sqlite_version, flush=True)
sys.exit(main(sys.argv[2:]))
"""


def ran(stage, version, when):
    """Apply with one version of SQLite, in a process that dies before or after its commit."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, when, *stage.words],
        cwd=stage.play,
        env=os.environ | version,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=children.PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout.partition("\n")[0], done.stdout + done.stderr


REST = [("delete", "before"), ("delete", "after"), ("wal", "before")]
CASES = [("wal", "after"), *(pytest.param(*each, marks=pytest.mark.soak) for each in REST)]


@pytest.mark.parametrize(
    ("first", "second"), [(OLDER, NEWER), (NEWER, OLDER)], ids=["newer-takes-up", "older-takes-up"]
)
@pytest.mark.parametrize(("mode", "when"), CASES)
def test_what_one_version_leaves_when_it_dies_another_takes_up(tmp_path, mode, when, first, second):
    stage = scene("apply", mode, tmp_path, count=120, cache=10)
    stage.fresh()

    status, one, said = ran(stage, first, when)
    assert GONE == status, said
    assert (stage.old if when == "before" else stage.new) == look(stage.store)
    assert f"store.db-{'wal' if mode == 'wal' else 'journal'}" in names(stage.play) or when == "after", (
        "nothing was left"
    )
    status, other, said = ran(stage, second, "never")
    if one == other:
        pytest.skip(f"there is only one SQLite here: {one}")

    assert 0 == status, said
    assert stage.new == look(stage.store)
    backups = [name for name in names(stage.play) if STAMPED.fullmatch(name)]
    assert backups
    assert all(look(stage.play / name) == stage.old for name in backups)
    build(stage.store, "PRAGMA user_version = 0")  # whoever writes next moves a -wal
    assert [] == [name for name in names(stage.play) if name.endswith(("-wal", "-journal"))]
    TRIED.append(Tried(f"apply with SQLite {one.split()[1]}, taken up by {other.split()[1]}, {mode}", 1, new=1))
