"""What may be shown, and what is shown by its code point instead."""

import sys
import unicodedata

import pytest

from reconcile.preview.printable import printable, width


@pytest.mark.parametrize("text", ["", "products", "größe", "商品", "🛒", "a\\b", "it's 100 %", "[red]x[/red]"])
def test_what_can_be_seen_stays_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\u{a}b"),
        ("a\r\tb\0", "a\\u{d}\\u{9}b\\u{0}"),
        ("\x1b[31m", "\\u{1b}[31m"),
        ("\x9b31m", "\\u{9b}31m"),
        ("\u202ea", "\\u{202e}a"),
        ("\u2066a\u2069", "\\u{2066}a\\u{2069}"),
        ("a\u200bb", "a\\u{200b}b"),
        ("\ufeff", "\\u{feff}"),
        ("a\u2028b", "a\\u{2028}b"),
        ("a\u00a0b", "a\\u{a0}b"),
        ("\u3164\ufe0f", "\\u{3164}\\u{fe0f}"),
        ("\ud800", "\\u{d800}"),
        ("\U000e0041", "\\u{e0041}"),
    ],
)
def test_what_cannot_be_seen_is_shown_by_its_code_point(text, shown):
    assert printable(text) == shown


def test_nothing_unseen_passes_in_all_of_unicode():
    """The oracle is Unicode's own categories: controls, formats, surrogates, separators, and what is unassigned."""
    unseen = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
    passed = [c for c in map(chr, range(sys.maxunicode + 1)) if printable(c) == c]

    assert not [c for c in passed if unicodedata.category(c) in unseen]
    assert " " in passed


def test_it_changes_nothing_the_second_time():
    once = printable("a\n\u202e\x1b")

    assert printable(once) == once


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("商品", 4), ("e\u0301", 1), ("🛒", 2)])
def test_width_is_counted_in_columns_of_a_terminal(text, columns):
    assert width(text) == columns
