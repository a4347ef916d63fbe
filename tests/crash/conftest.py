"""The crash tests use the command line's ways to run the program, and print what they tried at the end."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "cli"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def pytest_sessionfinish(session):
    """Hand the numbers over to the process that prints them, where this one is one of several."""
    if hasattr(session.config, "workeroutput"):
        tried = importlib.import_module("states").TRIED
        session.config.workeroutput["tried"] = [dataclasses.astuple(line) for line in tried]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over what another process tried."""
    states = importlib.import_module("states")
    states.TRIED += [states.Tried(*line) for line in getattr(node, "workeroutput", {}).get("tried", ())]


def pytest_terminal_summary(terminalreporter):
    """Print the numbers: they are what `make crash` is run for."""
    tried = sorted(importlib.import_module("states").TRIED, key=str)
    if not tried:
        return
    terminalreporter.section("crashes and faults")
    for line in tried:
        terminalreporter.write_line(str(line))
    points = sum(line.points for line in tried)
    bad = sum(line.bad for line in tried)
    terminalreporter.write_line(f"{points:,} points tried, {bad} bad states")
