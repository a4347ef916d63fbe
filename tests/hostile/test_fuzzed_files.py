"""Database files with broken bits: never a crash, never a hang, never a change by who only reads, one clear message."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fuzzing import BASES

FUZZING = Path(__file__).with_name("fuzzing.py")
QUICK, WHOLE = 15, 3400  # variants of each base; three bases make 10,200


def tried(folder: Path, name: str, first: int, last: int) -> None:
    command = [sys.executable, "-X", "faulthandler", str(FUZZING), str(folder), name, str(first), str(last)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    lines = done.stdout.splitlines()

    assert 0 == done.returncode, (lines[-1:], done.stderr[-2000:])
    assert f"at {name} {last - 1}" in lines
    assert [] == [line for line in lines if line.startswith("FAULT")]


@pytest.mark.parametrize("name", BASES)
def test_a_broken_file_is_told_and_left_alone(tmp_path, name):
    tried(tmp_path, name, 0, QUICK)


@pytest.mark.soak
@pytest.mark.parametrize("hundred", range(QUICK, WHOLE, 100))
@pytest.mark.parametrize("name", BASES)
def test_ten_thousand_broken_files_are_told_and_left_alone(tmp_path, name, hundred):
    tried(tmp_path, name, hundred, hundred + 100)
