"""One function that makes any text safe to show: one line, and nothing in it that is not to be seen.

Names, defaults, expressions and messages come from files that strangers wrote. A newline in a name would forge a
line of a plan, an ESC would drive the terminal, U+202E would turn the line round, U+200B would hide a difference.
"""

from __future__ import annotations

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point as far as `str.isprintable` lets it pass, and the blank of Braille: these
# have no ink either (fillers, joiners, variation selectors).
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_UNSEEN_IN_PRINT = re.compile(f"[{_UNSEEN}]")


def printable(text: str) -> str:
    """Escape control, bidi, zero-width and all other unseen characters by their code points, newlines too."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_seen(character) else f"\\u{{{ord(character):x}}}" for character in text)


def width(text: str) -> int:
    """Count the columns that a printable text takes on a terminal: wide characters two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _is_seen(character: str) -> bool:
    return character.isprintable() and not _UNSEEN_IN_PRINT.match(character)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
