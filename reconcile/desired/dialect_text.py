"""A dump of another database -> its statements, each with its place. Rows and the shell's own lines are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_PARTS: Final = re.compile(
    r"""
      (?P<text>'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    | (?P<dollars>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<comment>--[^\n]*|\#[^\n]*|/\*.*?\*/)
    | (?P<meta>^\\[^\n]*|^DELIMITER[^\n]*)
    | (?P<end>;+)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_COPY: Final = re.compile(r"\s*COPY\b.*\bFROM\s+stdin\b", re.IGNORECASE | re.DOTALL)
_ROWS_END: Final = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_VERSIONED: Final = re.compile(r"/\*!\d*(.*?)\*/", re.DOTALL)


class Statement(NamedTuple):
    """A statement without its comments, which are blank, and where it begins in the text."""

    start: int
    text: str


def statements(text: str, dialect: str) -> Iterator[Statement]:
    """Yield every statement of a dump; places are those of `text` itself."""
    if dialect == "mysql":
        # What only MySQL runs stands in comments of its own: views and triggers too.
        text = _VERSIONED.sub(lambda found: " " * (found.start(1) - found.start()) + found[1] + "  ", text)
    position, start, kept = 0, 0, ""
    while found := _PARTS.search(text, position):
        kept += text[position : found.start()]
        position = found.end()
        if _is_part(found, dialect):
            kept += found[0]
        elif found["end"]:
            yield from _statement(kept, start)
            if _COPY.match(kept):
                rows = _ROWS_END.search(text, position)
                position = rows.end() if rows else len(text)
            start, kept = position, ""
        else:
            kept += re.sub(r"[^\n]", " ", found[0])
    yield from _statement(kept + text[position:], start)


def _is_part(found: re.Match[str], dialect: str) -> bool:
    if found["comment"]:
        return found["comment"].startswith("#") and dialect != "mysql"  # an operator of PostgreSQL
    return bool(found["text"] or found["dollars"])


def _statement(kept: str, start: int) -> Iterator[Statement]:
    bare = kept.strip()
    if bare:
        yield Statement(start + len(kept) - len(kept.lstrip()), bare)
