"""What a terminal shows while a step runs: one line, with the time from the first second on."""

import time

import pytest

from reconcile.cli.progress import TerminalReporter


class Screen:
    """Keeps what was shown live."""

    def __init__(self):
        self.lines = []

    def live(self, text):
        self.lines.append(text)


@pytest.fixture
def watch(monkeypatch):
    """A clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_step_that_takes_long_shows_for_how_long_it_runs(watch):
    screen = Screen()
    reporter = TerminalReporter(screen)

    reporter.step_started("products", 48_210)
    for seconds in (0.5, 1.0, 1.05, 2.25):
        watch[0] = 100.0 + seconds
        reporter.step_running("products", seconds)
    reporter.step_started("verify", None)
    watch[0] += 3
    reporter.step_running("verify", 3.0)

    assert screen.lines == [
        "  products  48,210 rows …",
        "  products  48,210 rows …  1.0 s",
        "  products  48,210 rows …  2.2 s",
        "  verify …",
        "  verify …  3.0 s",
    ]
