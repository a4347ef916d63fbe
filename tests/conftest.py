"""What every test stands on, wherever the run was started from."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))
import children  # noqa: E402  it lies beside this file, and folders of tests are no packages

# A job in the background of a shell that has no job control ignores SIGINT, and so would every program that a test
# starts and interrupts: a statement that Ctrl-C should stop would run for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored under nohup: nothing would be hung up


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fail a test that leaves a process behind: it could keep the run's output open, and the run from ending."""
    yield
    alive = children.left()
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    assert not alive, f"the test left processes behind: {alive}"
