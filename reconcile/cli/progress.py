"""The reporter of a terminal: a live line on stderr while a step runs, a line on stdout once it is done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from reconcile.cli.out import Out
from reconcile.preview.layout import spread
from reconcile.preview.printable import printable, width
from reconcile.preview.units import counted, duration

_TITLE = 9  # columns for a step's title
_SECONDS = 69  # where the seconds begin, right-aligned in eight columns
_OFTEN = 0.1  # seconds between two live lines: more would only slow the work down


@dataclass(slots=True)
class TerminalReporter:
    """Tells what is going on. `finished` says whether each finished step gets a line of the result."""

    out: Out
    finished: bool = True
    _last: float = field(default=0.0)
    _running: str = field(default="")

    def step_started(self, title: str, rows: int | None) -> None:
        """Tell that a step begins."""
        self._last = time.monotonic()
        self._running = f"{title}  {counted(rows, 'row')}" if rows else title
        self.out.live(f"  {self._running} …")

    def step_progress(self, title: str, done: int, total: int | None) -> None:
        """Tell how far a step is."""
        now = time.monotonic()
        if now - self._last >= _OFTEN:
            self._last = now
            self.out.live(f"  {title}  {done / total:.0%}" if total else f"  {title}  {done:,}")

    def step_running(self, title: str, seconds: float) -> None:
        """Tell that a step still runs, once it has taken a second."""
        now = time.monotonic()
        if seconds >= 1 and now - self._last >= _OFTEN:
            self._last = now
            self.out.live(f"  {self._running or title} …  {duration(seconds)}")

    def step_finished(self, title: str, rows: int | None, seconds: float, detail: str = "") -> None:
        """Tell that a step is done."""
        self.out.live("")
        if self.finished:
            self.out.show(step_line(title, detail or (counted(rows, "row") if rows is not None else ""), seconds))

    def note(self, text: str) -> None:
        """Tell something that is no step."""
        self.out.live("")
        self.out.tell(f"note: {printable(text)}")


def step_line(title: str, detail: str, seconds: float) -> str:
    """Lay one finished step out: ``  products   48,210 rows      0.4 s``."""
    line = f"  {printable(title)}"
    if detail:
        line = spread(line, detail, 2 + _TITLE + 2)
    return f"{line}{' ' * max(1, _SECONDS - width(line))}{duration(seconds):>7}"
