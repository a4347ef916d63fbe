"""A program that is driven in process: plans made by hand instead of an engine, and a terminal where one is wanted."""

import importlib
import io
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconcile import api
from reconcile.cli.app import main

sys.path.append(str(Path(__file__).parent.parent / "preview"))


class Screen(io.StringIO):
    encoding = "utf-8"

    def __init__(self, text="", *, terminal=False):
        super().__init__(text)
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@dataclass
class Program:
    """Runs command lines; `plan` is what the engine plans, `calls` what it was asked to do."""

    monkeypatch: pytest.MonkeyPatch
    plan: object = None
    calls: list = field(default_factory=list)
    raises: BaseException | None = None
    version: int | None = 2
    at: int | None = 1
    notes: tuple[str, ...] = ()

    def __call__(self, *words, keys=None):
        """Run; `keys` is what a person types, None where there is no terminal. Gives exit code, stdout, stderr."""
        terminal = keys is not None
        self.monkeypatch.setattr(sys, "stdin", Screen(keys or "", terminal=terminal))
        self.monkeypatch.setattr(sys, "stdout", out := Screen(terminal=terminal))
        self.monkeypatch.setattr(sys, "stderr", err := Screen(terminal=terminal))
        return main(list(words)), out.getvalue(), err.getvalue()

    def planned(self, source):
        return api.Planned(self.plan, source, 38_200_000, "wal", self.at, "3f9c1a2" * 9)

    def answer(self, source, *_, **__):
        self.calls.append(("plan", source))
        if self.raises is not None:
            raise self.raises
        return self.planned(source)

    def apply(self, source, options, *, reporter=None):
        self.calls.append(("apply", options))
        if self.raises is not None:
            raise self.raises
        reporter.step_finished("products", 48_210, 0.4)
        return api.Outcome(self.planned(source), self.version, Path("backups/b.db"), 1.2, 0.9, self.notes)


@pytest.fixture
def program(monkeypatch, tmp_path):
    """The program in an empty folder, with nothing in its environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "FORCE_COLOR", "RECONCILE_DATABASE", "RECONCILE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    found = Program(monkeypatch)
    monkeypatch.setattr(importlib.import_module("reconcile.history.standing"), "in_sync", lambda *_: None)
    monkeypatch.setattr(api, "plan", found.answer)
    monkeypatch.setattr(api, "check", found.answer)
    monkeypatch.setattr(api, "difference", lambda old, new: found.answer(api.Source(old, new)))
    monkeypatch.setattr(api, "apply", found.apply)
    return found
