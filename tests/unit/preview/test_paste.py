"""Lines to paste survive any name, and counts read as people write them."""

import subprocess

import pytest
from hand_plans import heading

from reconcile.plan.steps import Hazard, Severity
from reconcile.preview.paste import command, consent_line, shell_word
from reconcile.preview.printable import printable
from reconcile.preview.units import counted, duration, listed, size


@pytest.mark.parametrize(
    "word",
    [
        "store.db", "my store.db", "it's", "$(rm -rf /)", "`x`", "a\nb", "\x1b[31m", "\u202e'\\", "größe", "~/x",
        "a;b", "*", "", "é\n\u200b\U000e0041",
    ],
)  # fmt: skip
def test_a_pasted_word_comes_back_as_it_was(word):
    """The oracle is bash itself."""
    quoted = shell_word(word)
    said = subprocess.run(["bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True).stdout

    assert word == said.decode()
    assert quoted == printable(quoted)


def test_a_line_of_consent_names_the_object():
    hazard = Hazard("drop-table", Severity.CONSENT, "old stuff", "")

    assert consent_line(heading(), hazard) == "reconcile apply store.db --allow 'drop-table:old stuff'"
    assert command("check") == "reconcile check"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (4096, "4.1 kB"), (38_200_000, "38.2 MB"),
        (999_999, "1.0 MB"), (7_300_000_000, "7.3 GB"), (5 * 10**15, "5,000.0 TB"),
    ],
)  # fmt: skip
def test_sizes(number, text):
    assert size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "<0.1 s"), (0.04, "<0.1 s"), (0.4, "0.4 s"), (12.34, "12.3 s"), (150, "2.5 min")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_counts_and_lists():
    assert [counted(0, "row"), counted(1, "row"), counted(48210, "row")] == ["0 rows", "1 row", "48,210 rows"]
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed("abc")] == ["", "a", "a and b", "a, b and c"]
    assert listed("abcdef", most=3) == "a, b and 4 more"
