"""Reporter: whom the executor tells what it is doing. It never prints."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """Watches the work. `rows` are rows passed over (None: no rows), `seconds` wall time."""

    def step_started(self, title: str, rows: int | None) -> None:
        """Hear that a step begins."""

    def step_progress(self, title: str, done: int, total: int | None) -> None:
        """Hear how far a step is, in units of its own (pages of a backup, passes of a probe)."""

    def step_running(self, title: str, seconds: float) -> None:
        """Hear that a step still runs, after so many seconds: some hundred times in each of them, so be quick."""

    def step_finished(self, title: str, rows: int | None, seconds: float, detail: str = "") -> None:
        """Hear that a step ended well; `detail` is what it has to show, where rows would say nothing."""

    def note(self, text: str) -> None:
        """Hear something worth a line."""


class Silent:
    """A reporter that listens to nothing."""

    def step_started(self, title: str, rows: int | None) -> None:
        """Ignore it."""

    def step_progress(self, title: str, done: int, total: int | None) -> None:
        """Ignore it."""

    def step_running(self, title: str, seconds: float) -> None:
        """Ignore it."""

    def step_finished(self, title: str, rows: int | None, seconds: float, detail: str = "") -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""
