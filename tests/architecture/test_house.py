"""The house stands as it is drawn: floors, documented codes and commands, a sorted front door."""

import re
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import reconcile
from reconcile.plan.hazards import RULES, WHOLE_RULES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "reconcile"
BESIDE_THE_RULES = {
    "likely-rename",
    "rename-conflict",
    "broken-object",
    "history-shape",
    "unreadable",
    "cannot-evaluate",
}
LARGEST = 400


def test_every_floor_imports_only_what_lies_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_the_front_door_is_sorted_and_every_name_opens() -> None:
    assert sorted(reconcile.__all__) == reconcile.__all__
    for name in reconcile.__all__:
        assert getattr(reconcile, name).__doc__


def test_every_hazard_code_has_its_section() -> None:
    codes = {code for rule in (*RULES, *WHOLE_RULES) for code in rule.codes} | BESIDE_THE_RULES
    sections = set(re.findall(r"^## (\S+)$", (ROOT / "docs/hazards.md").read_text(), re.MULTILINE))

    assert codes == sections


def test_every_hazard_rule_file_is_in_the_tuple() -> None:
    files = {path.stem for path in (PACKAGE / "plan/hazards").glob("*.py")} - {"__init__", "rule"}

    assert len(RULES) + len(WHOLE_RULES) == len(files)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_is_no_hall(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LARGEST


def test_tests_of_the_core_do_not_import_sqlite() -> None:
    core = [ROOT / "tests/unit" / room for room in ("sql", "model", "diff", "preview")]
    guilty = [p for room in core for p in room.rglob("*.py") if "import sqlite3" in p.read_text()]

    assert guilty == []


def test_every_target_that_the_makefile_names_has_a_rule():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert named is not None

    assert [] == [target for target in named[1].split() if f"\n{target}:" not in makefile]
