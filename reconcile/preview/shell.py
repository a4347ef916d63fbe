"""What the sqlite3 shell makes of a script: where it and SQLite do not agree about what a text says.

The shell cuts lines before SQLite cuts statements (cli.html; `process_input` in its source).
"""

from __future__ import annotations

import re

from reconcile.errors import FailedError
from reconcile.preview.printable import printable
from reconcile.sql.tokens import TokenError, all_tokens

_ENDS_A_STATEMENT = re.compile(r"^\s*(?:/|go)\s*$", re.IGNORECASE | re.MULTILINE)
_OPAQUE = ("string", "quoted", "comment")
_HINT = "use reconcile apply, which hands statements to SQLite whole"


def statement(sql: str) -> str:
    """Write one statement with its end. Raise FailedError for one that the shell would not pass on as it is."""
    if "\0" in sql or _is_cut(sql):
        what = "a NUL character" if "\0" in sql else "a line that says only go or /, where the sqlite3 shell ends it"
        raise FailedError(f"no script can be written: {printable(sql[:60])} … holds {what}", hint=_HINT)
    return f"{sql}\n;" if _ends_in_a_comment(sql) else f"{sql};"


def comment(text: str) -> str:
    """Write a comment; no name in it can begin a new line."""
    return f"-- {printable(text)}".rstrip()


def as_read(script: str) -> str:
    """Write line ends so that they come through: the shell takes one CR away before each LF."""
    return script.replace("\r\n", "\r\r\n")


def _ends_in_a_comment(sql: str) -> bool:
    """Say whether a semicolon behind a statement would be swallowed. Only then: some stored texts keep a newline."""
    if "--" not in sql.rpartition("\n")[2]:
        return False
    try:
        *_, last = all_tokens(sql)
    except TokenError:
        return True
    return last.text.startswith("--")


def _is_cut(sql: str) -> bool:
    """Say whether the shell would end a statement in its middle: it looks for such lines outside of strings."""
    if not _ENDS_A_STATEMENT.search(sql):
        return False
    try:
        rest = "".join("''" if token.kind in _OPAQUE else token.text for token in all_tokens(sql))
    except TokenError:
        return True
    return _ENDS_A_STATEMENT.search(rest) is not None
