"""The workbench of the tests of plans, with what is wanted as YAML or as SQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbench import Bench

from reconcile.values import Source


@pytest.fixture
def yaml_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(Source(tmp_path / "app.db", tmp_path / "schema.yaml"), monkeypatch)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(Source(tmp_path / "app.db", tmp_path / "wanted.sql"), monkeypatch)
