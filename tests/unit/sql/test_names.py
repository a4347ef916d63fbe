from __future__ import annotations

import pytest

from reconcile.sql.names import fold, literal, name, quote, quote_if_needed, unquote
from reconcile.sql.tokens import tokens

HOSTILE = ["a b", 'a"b', "a]b", "a`b", "a'b", "", "select", "É", "a;--", "1a", "a\nb", "日本", "true", " "]


@pytest.mark.parametrize("text", HOSTILE)
def test_quoting_and_back_is_the_same_name(text: str) -> None:
    quoted = tokens(quote(text))

    assert len(quoted) == 1
    assert text == unquote(quoted[0].text)


@pytest.mark.parametrize(
    ("token", "text"),
    [("a", "a"), ('"a""b"', 'a"b'), ("`a``b`", "a`b"), ("[a b]", "a b"), ("'it''s'", "it's"), ("", "")],
)
def test_all_four_quotings_are_taken_off(token: str, text: str) -> None:
    assert text == unquote(token)


def test_names_are_compared_by_ascii_case_alone() -> None:
    assert name("Straße") == name("STRAßE")
    assert name("É") != name("é")
    assert name("\u017f") != name("s")
    assert len({name("a"), name("A")}) == 1
    assert "A" == name("A").text
    assert "ÀbÉ" == fold("ÀBÉ")
    assert "i̇" != fold("İ")


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("a", "a"),
        ("_a1", "_a1"),
        ("order", '"order"'),
        ("True", '"True"'),
        ("a b", '"a b"'),
        ("1a", '"1a"'),
        ("é", '"é"'),
    ],
)
def test_a_name_is_quoted_where_it_must_be(text: str, sql: str) -> None:
    assert sql == quote_if_needed(text)


def test_a_literal_holds_quotes_and_nul() -> None:
    assert "'it''s'" == literal("it's")
    assert "('a' || char(0) || 'b')" == literal("a\0b")
