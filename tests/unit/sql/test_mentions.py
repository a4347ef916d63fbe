"""The quick look for names: too much is allowed, too little never."""

from __future__ import annotations

import pytest

from reconcile.sql.mentions import Sought


@pytest.mark.parametrize(
    "text",
    ["SELECT * FROM t1", 'x "T1".a', "[t1]", "`t1`", "'t1'", "/* t1 */", "a>t1.b", "REFERENCES t1(id)", "$x,t1;"],
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert Sought(["t1", "other"]).among(text) == {"t1"}


@pytest.mark.parametrize("text", ["t11", "xt1", "t1$", "_t1", "t1é", "", "t 1"])
def test_a_longer_word_is_another_name(text: str) -> None:
    assert Sought(["t1"]).among(text) == frozenset()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("we ird", 'FROM "We ird"'),
        ('a"b', 'FROM "a""b"'),
        ('a"b', 'FROM [a"b]'),
        ("it's", "'it''s'"),
        ("a`b", "`a``b`"),
        ("a-b\n", '"a-b\n"'),
        ("é", "FROM é"),
        ("…", 'FROM "…"'),
        ("", 'FROM ""'),
    ],
)
def test_a_hostile_name_is_found_in_every_quoting(name: str, text: str) -> None:
    assert Sought([name, "other"]).among(text) == {name}


def test_only_ascii_is_folded() -> None:
    assert Sought(["é"]).among("É") == frozenset()
