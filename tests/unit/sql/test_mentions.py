"""The quick look for names: too much is allowed, too little never."""

from __future__ import annotations

import pytest

from reconcile.sql.mentions import Sought, referenced


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


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a REFERENCES T1(x), b references\n t2", {"t1", "t2"}),
        ('REFERENCES "a""b" REFERENCES`c` REFERENCES[d e] REFERENCES \'f\'', {'a"b', "c", "d e", "f"}),
        ("x_references t1, references$ t2, éreferences t3", set()),
        ("DEFAULT 'it references t1'", {"t1"}),
        ("no key at all", set()),
        ("REFERENCES -- the parent\n t1", None),
        ("REFERENCES/**/t1", None),
        ('"references" t1', None),
    ],
)
def test_the_parents_of_foreign_keys_are_seen_without_reading_or_it_is_said(text: str, names: set[str] | None) -> None:
    assert referenced(text) == names
