"""Processes that tests fork: each ends by itself, none outlives the run, and nobody waits for one for ever.

A fork has every descriptor of the test process. One that lives on would keep the pipes open from which whoever
started the tests reads, and the run would never seem to end; so a fork closes what it does not need, dies with its
parent, and has a deadline of its own. Whoever waits here has one too: it ends the process, and says where it stood.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import os
import pty
import select
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

PATIENCE = 60.0
"""Seconds that a test waits for a process; what is waited for takes some tenths of one."""

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def fork(work: Callable[[], object], *, keep: Iterable[int] = ()) -> int:
    """Run `work` in a fork, with none of our descriptors above 2 but `keep`; give its process id."""
    parent = os.getpid()
    pid = _quietly(os.fork)
    if pid == 0:
        _live(work, parent, keep)
    return pid


def fork_at_terminal(work: Callable[[], object]) -> tuple[int, int]:
    """Run `work` in a fork that has a terminal; give its process id and the terminal's other end."""
    parent = os.getpid()
    pid, screen = _quietly(pty.fork)
    if pid == 0:
        _live(work, parent, ())
    return pid, screen


def _quietly(fork_: Callable[[], object]) -> object:
    with warnings.catch_warnings():
        # Python 3.12 warns of forks where there are threads: those of pytest-xdist hold no lock that a fork takes.
        warnings.simplefilter("ignore", DeprecationWarning)
        return fork_()


def _live(work: Callable[[], object], parent: int, keep: Iterable[int]) -> None:
    """Be the fork, to its end: it must never run on as pytest."""
    status = 70
    try:
        _let_go(keep)
        _be_mortal(parent)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        work()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - it must be seen
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def _let_go(keep: Iterable[int]) -> None:
    """Close what is the test process's own.

    Nobody may use such a number again: the faulthandler would write into whatever file has it next, and a forgotten
    object that is collected would close it.
    """
    faulthandler.enable(file=2)
    gc.disable()
    low = 3
    for kept in sorted(keep):
        os.closerange(low, kept)
        low = kept + 1
    os.closerange(low, 4096)


def _be_mortal(parent: int) -> None:
    """Die with the parent; at the latest after twice the time that anybody waits, with a traceback on stderr."""
    if _prctl is not None:
        _prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(70)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    faulthandler.register(signal.SIGALRM, file=2, chain=True)
    signal.alarm(int(2 * PATIENCE))


def ended(pid: int, what: str, patience: float = PATIENCE) -> int:
    """Wait until a process is over; give its exit code, negative for a signal. Past the deadline: end it, and fail."""
    status = _waited(pid, patience, 0)
    if status is None:
        pytest.fail(f"{what} did not end within {patience:g} s: {finished_off(pid)}")
    return os.waitstatus_to_exitcode(status)


def stopped(pid: int, what: str) -> None:
    """Wait until a process has stopped itself; fail if it ended instead, or past the deadline."""
    status = _waited(pid, PATIENCE, os.WUNTRACED)
    if status is None:
        pytest.fail(f"{what} did not stop within {PATIENCE:g} s: {finished_off(pid)}")
    assert os.WIFSTOPPED(status), f"{what} ended, {os.waitstatus_to_exitcode(status)}"


def _waited(pid: int, patience: float, options: int) -> int | None:
    until, pause = time.monotonic() + patience, 0.0001
    while True:
        found, status = os.waitpid(pid, os.WNOHANG | options)
        if found:
            return status
        if time.monotonic() >= until:
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.002)


def heard(source: int, what: str, patience: float = PATIENCE) -> bytes:
    """Read what there is from a pipe, nothing at its end; fail past the deadline."""
    if not select.select([source], [], [], patience)[0]:
        pytest.fail(f"{what} said nothing for {patience:g} s")
    return os.read(source, 65536)


def heard_line(source: int, what: str) -> bytes:
    """Read a pipe until a line is whole, or until its end."""
    said = b""
    while not said.endswith(b"\n") and (more := heard(source, what)):
        said += more
    return said


def heard_to_its_end(source: int, what: str) -> bytes:
    """Read a pipe until nobody can write into it any more; fail where nothing comes for too long."""
    said = b""
    while more := heard(source, what):
        said += more
    return said


def talked(process: subprocess.Popen[str], said: str | None = None, patience: float = PATIENCE) -> tuple[str, str]:
    """Tell a program something, and hear it out; end it and fail past the deadline."""
    try:
        return process.communicate(said, timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f"{process.args} did not end within {patience:g} s; it said: {out}\n{err}")


def finished_off(pid: int) -> str:
    """End a process of ours however it stands, and say how it stood; it prints where it was first, if it still can."""
    stood = "; ".join(f"{about}: {_proc(pid, about)}" for about in ("wchan", "syscall"))
    state = [line for line in _proc(pid, "status").splitlines() if line.startswith(("State", "TracerPid", "SigQ"))]
    for number, patience in ((signal.SIGALRM, 1.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, number)
            if _waited(pid, patience, 0) is not None:
                break
    return f"process {pid}, {', '.join(state)}, {stood}"


def _proc(pid: int, about: str) -> str:
    try:
        return Path(f"/proc/{pid}/{about}").read_text("utf-8", "replace").strip()
    except OSError as error:
        return f"({error.strerror})"


def left() -> list[int]:
    """Name the processes that this one started and that still live."""
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # raises where there are none
        lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
        pids = [int(pid) for each in lists for pid in each.read_text("ascii").split()]
        return [pid for pid in pids if "State:\tZ" not in _proc(pid, "status")]
    return []
