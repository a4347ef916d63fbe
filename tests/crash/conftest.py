"""The crash tests use the command line's ways to run the program, and print what they tried at the end."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "cli"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def pytest_terminal_summary(terminalreporter):
    """Print the numbers: they are what `make crash` is run for."""
    tried = importlib.import_module("states").TRIED
    if not tried:
        return
    terminalreporter.section("crashes and faults")
    for line in tried:
        terminalreporter.write_line(str(line))
    points = sum(line.points for line in tried)
    bad = sum(line.bad for line in tried)
    terminalreporter.write_line(f"{points:,} points tried, {bad} bad states")
