"""A quick look for names in a text, before it is read: it may see too much, and never too little."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconcile.sql.names import fold, unquote
from reconcile.sql.tokens import CHARACTER

_WORD = re.compile(f"{CHARACTER}+")
_FEW = 20
# The word comes first, and what may not stand before it is looked for behind it: a pattern that begins with a word is
# searched for ten times as fast. The group is empty where something else follows, a comment for one.
_REFERENCES = re.compile(
    f"references(?<!{CHARACTER}references)(?!{CHARACTER})"
    rf"""(?:[ \t\n\f\r]*("(?:[^"]|"")*"|`(?:[^`]|``)*`|'(?:[^']|'')*'|\[[^\]]*\]|{CHARACTER}+))?"""
)


def referenced(text: str) -> frozenset[str] | None:
    """Give the folded names of the tables that the foreign keys in `text` may point to; None where only reading tells.

    A foreign key cannot be written without the word, which may also stand in a string or in a comment.
    """
    found = _REFERENCES.findall(fold(text))
    return None if "" in found else frozenset(map(unquote, found))


class Sought:
    """Folded names, ready to be looked for in many texts."""

    __slots__ = ("_odd", "_plain")

    def __init__(self, names: Iterable[str]) -> None:
        names = frozenset(names)
        self._plain = frozenset(name for name in names if _WORD.fullmatch(name))
        # Inside quotes the quote is written twice; which of SQLite's quotes that was, is not asked.
        self._odd = {
            name: {name, *(name.replace(quote, quote * 2) for quote in "\"'`")} for name in names - self._plain
        }

    def among(self, text: str) -> frozenset[str]:
        """Give those of the names that `text` may mention, as identifiers, inside strings or in comments."""
        folded = fold(text)
        found = self._plain
        if len(found) < _FEW:  # most texts hold none of them, which is seen before they are cut into words
            found = frozenset(name for name in found if name in folded)
        if found:
            found = found.intersection(_WORD.findall(folded))
        if not self._odd:
            return found
        return found | {name for name, spellings in self._odd.items() if any(each in folded for each in spellings)}
