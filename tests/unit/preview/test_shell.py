"""Statements as the sqlite3 shell reads them; that it does is shown in tests/corpus/test_sql_form.py."""

import pytest

from reconcile.errors import FailedError
from reconcile.preview.shell import as_read, comment, statement


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT '\n/\n'",
        'SELECT "\ngo\n"',
        "SELECT 1 /*\ngo\n*/",
        "SELECT '-- no comment'",
        'CREATE INDEX i ON "t\n; --" (a)',
        "SELECT 1 -- go\n+ 2",
        "SELECT 8\n/ 2",
        "SELECT a\ngoes FROM t",
    ],
)
def test_a_statement_ends_right_behind_its_text(sql):
    assert statement(sql) == f"{sql};"


def test_a_comment_at_the_end_does_not_swallow_the_semicolon():
    assert statement("SELECT 1 -- one") == "SELECT 1 -- one\n;"


@pytest.mark.parametrize("sql", ["SELECT 8\n/\n2", "SELECT 8\n  /  \n2", "SELECT a\nGO\nFROM t", "SELECT '\0'"])
def test_what_the_shell_would_change_is_refused(sql):
    with pytest.raises(FailedError, match="no script can be written"):
        statement(sql)


def test_line_ends_come_through_the_shell():
    assert as_read("a\r\nb\nc\r\r\nd\re") == "a\r\r\nb\nc\r\r\r\nd\re"


def test_a_comment_keeps_to_its_line():
    assert comment("a\n.shell x") == "-- a\\u{a}.shell x"
