"""How the benchmarks measure, and the one table that they print.

CPU seconds (user and system) are the stable number on a machine that does other work as well; wall seconds stand
beside them. Every ratio is to a floor that was measured in the same run.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

RECONCILE = [sys.executable, "-m", "reconcile"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and CPU seconds, and the peak memory of the process in MB (None where it was not one of its own)."""

    wall: float
    cpu: float
    memory: float | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What was aimed at: at most so many times the floor's CPU or wall seconds, or so many CPU seconds."""

    ratio: float | None = None
    wall: float | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"<= {self.seconds:g} s"
        return f"<= {self.ratio:g} x CPU" if self.ratio is not None else f"<= {self.wall:g} x wall"

    def reached(self, cost: Cost, floor: Cost | None) -> bool:
        if self.seconds is not None or floor is None:
            return cost.cpu <= (self.seconds or 0)
        return cost.cpu <= self.ratio * floor.cpu if self.ratio is not None else cost.wall <= self.wall * floor.wall


def head(title: str) -> None:
    print(f"\n{title}\n{'':50}{'wall s':>9}{'CPU s':>9}{'x CPU':>8}{'x wall':>8}{'MB':>7}   aim", flush=True)


def tell(work: str, cost: Cost, floor: Cost | None = None, aim: Aim | None = None) -> None:
    """Print one line of the table; without a floor it is one."""
    ratios = f"{cost.cpu / floor.cpu:8.2f}{cost.wall / floor.wall:8.2f}" if floor else f"{'floor':>8}{'':8}"
    memory = f"{cost.memory:7.0f}" if cost.memory is not None else f"{'':7}"
    verdict = f"   {aim}  {'reached' if aim.reached(cost, floor) else 'MISSED'}" if aim else ""
    print(f"  {work:<48}{cost.wall:9.4f}{cost.cpu:9.4f}{ratios}{memory}{verdict}", flush=True)


def process(words: list[str], *, before: Callable[[], None] | None = None, repeat: int = 3) -> Cost:
    """Run a process of its own several times, and give the cheapest run."""
    found = []
    for _ in range(repeat):
        if before is not None:
            before()
        found.append(_launched(words))
    return min(found, key=lambda cost: cost.cpu)


def _launched(words: list[str]) -> Cost:
    stdin, stdout = _LAUNCHER.stdin, _LAUNCHER.stdout
    assert stdin is not None
    assert stdout is not None
    stdin.write(json.dumps([str(Path.cwd()), words]) + "\n")
    stdin.flush()
    status, wall, cpu, memory, stderr = json.loads(stdout.readline())
    if status not in (0, 2):
        raise SystemExit(f"{words} failed: {stderr}")
    return Cost(wall, cpu, memory)


def here(work: Callable[[], object], *, repeat: int = 1) -> Cost:
    """Do a piece of work in this process, and give its cheapest run."""
    found = []
    for _ in range(repeat):
        wall, cpu = time.monotonic(), _used()
        work()
        found.append(Cost(time.monotonic() - wall, _used() - cpu))
    return min(found, key=lambda cost: cost.cpu)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _launch() -> None:
    """Run what is asked for on stdin, one JSON line each.

    A process of its own, and a small one: on Linux a child's peak memory begins with that of the process it came from.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    for line in sys.stdin:
        folder, words = json.loads(line)
        started = time.monotonic()
        with subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=folder
        ) as child:
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            stderr = child.stderr.read().decode(errors="replace") if child.stderr else ""
        cost = (child.returncode, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, stderr)
        print(json.dumps(cost), flush=True)


if __name__ == "__main__":
    _launch()
else:
    _LAUNCHER = subprocess.Popen(
        [sys.executable, "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
