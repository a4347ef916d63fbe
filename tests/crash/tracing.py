"""strace: count a run's system calls, and kill it or let one fail at exactly the N-th."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import children
import power
from runs import Fork, Ran, forked
from scenes import Scene

from reconcile import api
from reconcile.database import backup

STRACE = shutil.which("strace")

PAGES = ("pwrite64",)
SYNCS = ("fsync", "fdatasync", "ftruncate")
NAMES = ("link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "rmdir")
RIGHTS = ("chmod", "fchmod", "fchown", "chown")
LOCKS = ("fcntl",)
SAID = ("write",)


def why_not() -> str | None:
    """Say why nothing can be traced here; None where it can."""
    if STRACE is None:
        return "strace is not installed"
    done = subprocess.run([STRACE, "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False, timeout=60)
    return None if done.returncode == 0 else f"strace cannot trace here: {done.stderr.decode().strip()}"


@dataclass(frozen=True, slots=True)
class Point:
    """The N-th call of a kind, and what happens there: a signal, or an error instead of the call."""

    call: str
    number: int
    fault: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.fault} at {self.call} {self.number}{' and after' if self.lasting else ''}"

    @property
    def injection(self) -> str:
        return f"inject={self.call}:{self.fault}:when={self.number}{'+' if self.lasting else ''}"


def counted(scene: Scene, calls: tuple[str, ...]) -> Counter[str]:
    """Count how often an undisturbed run makes each of these calls."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as log:
        ran = _traced(forked(*scene.words, folder=scene.fresh()), log.name, f"trace={','.join(calls)}")
        assert 0 == ran.status, ran.err
        return Counter(line.partition("(")[0] for line in log if "(" in line)


def recorded(scene: Scene, sabotage: Callable[[], object] | None = None) -> list[str]:
    """Record an undisturbed run: every call that tells what may be on disk, with every byte."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as log:
        fork = forked(*scene.words, folder=scene.fresh(), sabotage=sabotage)
        ran = _traced(fork, log.name, f"trace={power.CALLS}", "verbose=none", strings=("-xx", "-s", "1000000"))
        assert 0 == ran.status, ran.err
        return log.read().splitlines()


def struck(scene: Scene, point: Point) -> Ran:
    """Run the scene with one fault, and little patience."""
    scene.fresh()
    return struck_again(scene, scene.words, point)


def struck_again(scene: Scene, words: tuple[str, ...], point: Point) -> Ran:
    """Run a command with one fault where the scene was left."""
    fork = forked(*words, folder=scene.play, sabotage=impatient)
    return _traced(fork, "/dev/null", f"trace={point.call}", point.injection)


def impatient() -> None:
    """Wait no longer than a test should: SQLite takes an EACCES on a lock for somebody else's lock."""
    api._READ_WAIT = 0.2
    keywords = backup.take.__kwdefaults__
    assert keywords is not None
    keywords["wait"] = 0.2


def _traced(fork: Fork, log: str, *expressions: str, strings: tuple[str, ...] = ()) -> Ran:
    """Attach to the fork, which stands still until we let it go."""
    words = [word for expression in expressions for word in ("-e", expression)]
    strace = subprocess.Popen(
        [str(STRACE), "-qq", "-o", log, "-p", str(fork.pid), *strings, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _attached(strace, fork)
        return fork.go().end()
    finally:
        if fork.status is None:
            strace.kill()  # or nobody can end what it holds
            children.finished_off(fork.pid)
        children.talked(strace)


def _attached(strace: subprocess.Popen[str], fork: Fork) -> None:
    status = Path(f"/proc/{fork.pid}/status")
    until = time.monotonic() + children.PATIENCE
    while "TracerPid:\t0\n" in status.read_text("ascii", "replace"):
        assert time.monotonic() < until, "strace did not attach"
        assert strace.poll() is None, strace.communicate()
        time.sleep(0.0005)
