from __future__ import annotations

import pytest

from reconcile.sql.alike import alike
from reconcile.sql.text import exact_text, expression, one_line, sql_text

COLUMNS = frozenset({"a", "b"})


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a>0", "a  > 0"),
        ("(a > 0)", "a>0"),
        ("((a))", "a"),
        ('"a" > 0', "A > 0"),
        ('"t"."a" > 0', "t.a > 0"),
        ('"T".a > 0', '"t".a > 0'),
        ("a /* x */ > 0 -- y", "a > 0"),
        ("a == 1", "a = 1"),
        ("a <> 1", "a != 1"),
    ],
)
def test_expressions_of_the_same_tokens_are_equal(a: str, b: str) -> None:
    assert expression(a, COLUMNS) == expression(b, COLUMNS)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("(a) > (0)", "a > 0"),  # left to SQLite
        ("a AND b OR c", "a AND (b OR c)"),
        ("(a) + (b)", "a) + (b"),
        ('a = "X"', 'a = "x"'),
        ('a = "t"', 'a = "T"'),
        ("a = 'X'", "a = 'x'"),
        ("+a", "a"),
    ],
)
def test_expressions_of_other_tokens_are_not(a: str, b: str) -> None:
    assert expression(a, COLUMNS) != expression(b, COLUMNS)


def test_exact_text_forgives_layout_alone() -> None:
    assert exact_text("SELECT a,b -- c\n FROM t;") == exact_text("SELECT a , b FROM t")
    assert exact_text("SELECT a AS x") != exact_text("SELECT a AS X")
    assert exact_text("SELECT [a]") != exact_text('SELECT "a"')


def test_a_body_forgets_its_semicolons_and_keeps_its_source() -> None:
    assert sql_text("SELECT 1 ;; ") == sql_text("select 1")
    assert "SELECT 1 ;;" == sql_text("SELECT 1 ;; ").text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n  > /* c */ 0 -- d", "a > 0"),
        ("a/**/b", "a b"),
        ("'two\nlines'", "'two\nlines'"),
        ("f( a,b )", "f( a,b )"),
    ],
)
def test_one_line_changes_nothing_but_layout(text: str, line: str) -> None:
    assert line == one_line(text)
    assert sql_text(line) == sql_text(text)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("CREATE TABLE t(a,b)", "CREATE TABLE t ( a, b )"),
        ("CREATE TABLE t (a -- it's\n)", "CREATE TABLE t (a)"),
        ("CREATE VIEW v AS SELECT '--' /* \" */ x", "CREATE VIEW v AS SELECT '--' x"),
        ("SELECT 1;", "SELECT 1"),
    ],
)
def test_alike_sees_through_layout(a: str, b: str) -> None:
    assert alike(a, b)
    assert sql_text(a) == sql_text(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("SELECT 'a  b'", "SELECT 'a b'"),
        ("SELECT a - -b", "SELECT a --b"),
        ("SELECT x'00'", "SELECT x '00'"),
        ("SELECT 'a' 'b'", "SELECT 'a''b'"),
        ("SELECT [a b]", "SELECT [ab]"),
        ("SELECT a b", "SELECT ab"),
        ("SELECT a", "SELECT A"),
        ("SELECT '/*' , '*/'", "SELECT '/*,*/'"),
    ],
)
def test_alike_says_yes_to_nothing_else(a: str, b: str) -> None:
    assert not alike(a, b)
