"""A quick yes: two statements that differ in white space and comments only.

Reading a statement costs a hundred times as much as this, and in a database that is in sync nothing needs to be read.
A no means nothing: the texts may still mean the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Quoted things first, since nothing inside them is white space, a comment or a word. Spaces beside punctuation go.
_PART = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?:--[^\n]*|/\*.*?(?:\*/|\Z)|[ \t\n\f\r]+)+""",
    re.DOTALL,
)
_ON = re.compile(r"\A(CREATE (?:UNIQUE )?INDEX \S+) on (?!\Z)", re.IGNORECASE)  # the one word that is never the user's
_BESIDE_PUNCTUATION = re.compile(r" ?([(),;]) ?")


def alike(a: str, b: str) -> bool:
    """Say yes where two statements have the same tokens, to the letter."""
    return a == b or _normal(a) == _normal(b)


@lru_cache(maxsize=65536)
def _normal(sql: str) -> tuple[str, tuple[str, ...]]:
    """Give the statement with its quoted things taken out, and these."""
    # Splitting keeps the quoted things, each between two pieces of text; no callback, since this is most of a plan.
    pieces = _PART.split(sql)
    kept = pieces[1::2]
    # "\0" stands for a quoted thing; SQL text ends at a NUL, so none can be there.
    pieces[1::2] = [" " if quoted is None else "\0" for quoted in kept]
    text = _ON.sub(r"\1 ON ", "".join(pieces), count=1)
    return "".join(_BESIDE_PUNCTUATION.split(text)).strip(" ;"), tuple(filter(None, kept))
