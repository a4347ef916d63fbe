"""The quick yes: white space and comments may differ, and nothing else."""

from __future__ import annotations

import pytest

from reconcile.sql.alike import alike


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("CREATE TABLE t (a, b)", "CREATE TABLE t(\n  a,\tb\r\n);"),
        ("CREATE TABLE t (a -- what it is\n, b)", "CREATE TABLE t (a, /* and\n\n this */ b)"),
        ("CREATE TABLE t (a DEFAULT 'x  -- y''z')", "CREATE TABLE t ( a  DEFAULT 'x  -- y''z' ) ;"),
        ("CREATE INDEX i on t (a)", "CREATE INDEX i ON t(a)"),
        ("a/**/b", "a b"),
        ("a -- never ends", "a /* never ends"),
    ],
)
def test_layout_and_comments_are_passed_over(a: str, b: str) -> None:
    assert alike(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("DEFAULT 'a b'", "DEFAULT 'a  b'"),
        ("DEFAULT 'a''b'", "DEFAULT 'a' 'b'"),
        ("DEFAULT 'a'", "DEFAULT 'b'"),
        ("DEFAULT '-- x'", "DEFAULT '-- y'"),
        ("DEFAULT '/* x */'", "DEFAULT ''"),
        ('"a b"', '"a  b"'),
        ("[a -- b]", "[a -- c]"),
        ("`a(b`", "`a (b`"),
        ("'a\"' \"b'\"", "'a\"b' \"'\""),
        ("a b", "ab"),
        ("a b", "a\u00a0b"),
        ("a \u2003b", "a b"),
        ("a - - b", "a -- b"),
        ("a TEXT", "a text"),
    ],
)
def test_no_other_difference_is(a: str, b: str) -> None:
    assert not alike(a, b)
