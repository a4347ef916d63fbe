"""The corpus: `pytest tests/corpus --update` writes what `reconcile plan` says into each case's plan.txt."""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from carries import PAGE, written


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="write the golden plan.txt of every case, and docs/carries.md"
    )


def pytest_configure(config: pytest.Config) -> None:
    # Before any test, and whichever are chosen: a new case is on the page with its golden.
    if config.getoption("--update") and not hasattr(config, "workerinput"):
        PAGE.write_text(written(), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of the program left: exit code, result, notes."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out or self.err


@dataclass(frozen=True, slots=True)
class Stage:
    """An empty folder, made the current one, in which the program runs as at no terminal."""

    folder: Path

    def run(self, *argv: str) -> Ran:
        from reconcile.cli.app import main  # noqa: PLC0415 - not before a test asks: validate.py needs no program

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(argv))
        return Ran(code, out.getvalue(), err.getvalue())

    def contents(self) -> dict[str, bytes]:
        """Give every file with its bytes: what a refused or reading command may not change."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name in tuple(os.environ):
        if name.startswith("RECONCILE_") or name in ("CI", "GITHUB_ACTIONS", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Stage(tmp_path)
