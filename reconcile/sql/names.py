"""Identifiers: their spelling is kept, and they are compared and quoted as SQLite does it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

_ASCII_UPPER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

# SQLite's list of keywords (lang_keywords.html, 3.53). Any of them is quoted when we write a name.
KEYWORDS = frozenset(
    """ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN BETWEEN BY
    CASCADE CASE CAST CHECK COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE
    CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFAULT DEFERRABLE DEFERRED DELETE DESC DETACH DISTINCT DO DROP EACH
    ELSE END ESCAPE EXCEPT EXCLUDE EXCLUSIVE EXISTS EXPLAIN FAIL FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL
    GENERATED GLOB GROUP GROUPS HAVING IF IGNORE IMMEDIATE IN INDEX INDEXED INITIALLY INNER INSERT INSTEAD
    INTERSECT INTO IS ISNULL JOIN KEY LAST LEFT LIKE LIMIT MATCH MATERIALIZED NATURAL NO NOT NOTHING NOTNULL NULL
    NULLS OF OFFSET ON OR ORDER OTHERS OUTER OVER PARTITION PLAN PRAGMA PRECEDING PRIMARY QUERY RAISE RANGE
    RECURSIVE REFERENCES REGEXP REINDEX RELEASE RENAME REPLACE RESTRICT RETURNING RIGHT ROLLBACK ROW ROWS
    SAVEPOINT SELECT SET TABLE TEMP TEMPORARY THEN TIES TO TRANSACTION TRIGGER UNBOUNDED UNION UNIQUE UPDATE USING
    VACUUM VALUES VIEW VIRTUAL WHEN WHERE WINDOW WITH WITHIN WITHOUT TRUE FALSE""".split()
)

# The keywords that have no fallback to an identifier in SQLite's grammar (parse.y, %fallback): these end a name.
RESERVED = frozenset(
    """ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT DEFERRABLE
    DELETE DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT INTERSECT INTO IS
    ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY REFERENCES RETURNING SELECT SET TABLE THEN TO
    TRANSACTION UNION UNIQUE UPDATE USING VALUES WHEN WHERE""".split()
)


def fold(text: str) -> str:
    """Fold the case as SQLite compares names: ASCII letters only (``É`` and ``é`` stay two names)."""
    return text.lower() if text.isascii() else text.translate(_ASCII_UPPER)


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier. Equal to another by SQLite's rule; `text` is the spelling, without quotes."""

    text: str = field(compare=False)
    key: str = field(repr=False)

    def __str__(self) -> str:
        """Give the spelling, unquoted: for eyes, never for SQL."""
        return self.text

    def __lt__(self, other: Name) -> bool:
        """Order by the folded spelling, so that output does not depend on case."""
        return self.key < other.key

    @property
    def sql(self) -> str:
        """The name as SQL: bare where that is safe, otherwise in double quotes."""
        return quote_if_needed(self.text)

    @property
    def quoted(self) -> str:
        """The name in double quotes. Only where a name *must* be: elsewhere an unknown one becomes a string."""
        return quote(self.text)


@lru_cache(maxsize=65536)
def name(text: str) -> Name:
    """Make a `Name` from its spelling."""
    return Name(text, fold(text))


def quote(text: str) -> str:
    """Quote an identifier with double quotes."""
    return '"' + text.replace('"', '""') + '"'


def quote_if_needed(text: str) -> str:
    """Quote an identifier unless it is plain and no keyword."""
    return text if _PLAIN.match(text) and text.upper() not in KEYWORDS else quote(text)


def literal(text: str) -> str:
    """Write a string literal. SQL text ends at a NUL character, so one inside must be built by char()."""
    if "\0" not in text:
        return "'" + text.replace("'", "''") + "'"
    parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\0")]
    return "(" + " || char(0) || ".join(parts) + ")"


def unquote(text: str) -> str:
    """Take the quotes off an identifier token of any of SQLite's four styles."""
    first = text[:1]
    if first == "[":
        return text[1:-1]
    if first in "\"`'" and first:
        return text[1:-1].replace(first * 2, first)
    return text
