"""Shell completion, as bash asks for it."""

import os
import subprocess
import sys

import pytest


def completed(line: str) -> tuple[int, str, str]:
    words = line.split(" ")
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_RECONCILE_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-m", "reconcile"], env={**os.environ, **asked}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("reconcile pl", "plan"),
        ("reconcile rollback --rest", "--restore"),
        ("reconcile plan --format mark", "markdown"),
    ],
)
def test_a_word_is_completed(line: str, words: str) -> None:
    assert (0, words, "") == tuple(part.strip() if isinstance(part, str) else part for part in completed(line))
