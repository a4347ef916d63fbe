"""A quick yes: two statements that differ in white space and comments only.

Reading a statement costs a hundred times as much as this, and in a database that is in sync nothing needs to be read.
A no means nothing: the texts may still mean the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

# What is quoted, and comments: in neither is white space, or a word, what it seems. That every way begins with a
# letter of its own lets the search skip what begins none; 'a''b' is found as two, in any text alike.
_OPAQUE = re.compile(r"""('[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*(?s:.*?)(?:\*/|\Z))""")
_ON = re.compile(r"\A(CREATE (?:UNIQUE )?INDEX \S+) on (?!\Z)", re.IGNORECASE)  # the one word that is never the user's


def alike(a: str, b: str) -> bool:
    """Say yes where two statements have the same tokens, to the letter."""
    return a == b or _normal(a) == _normal(b)


@lru_cache(maxsize=65536)
def _normal(sql: str) -> tuple[str, tuple[str, ...]]:
    """Give the statement with its quoted things taken out, and these."""
    # Splitting keeps what it splits at, each between two pieces of text.
    pieces = _OPAQUE.split(sql)
    quoted = tuple(each for each in pieces[1::2] if each[0] not in "-/")
    # "\0" stands for a quoted thing; SQL text ends at a NUL, so none can be there.
    pieces[1::2] = [" " if each[0] in "-/" else "\0" for each in pieces[1::2]]
    text = "".join(pieces)
    for space in "\t\n\f\r":
        text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    text = _ON.sub(r"\1 ON ", text, count=1)
    for mark in "(),;":
        text = text.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    return text.strip(" ;"), quoted
