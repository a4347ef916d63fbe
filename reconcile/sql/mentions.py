"""A quick look for names in a text, before it is read: it may see too much, and never too little."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconcile.sql.names import fold

# What SQLite's tokenizer takes for characters of an identifier (tokenize.c, IdChar).
_WORD = re.compile("[0-9A-Za-z_$\x80-\U0010ffff]+")


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
        found = self._plain.intersection(_WORD.findall(folded))
        if not self._odd:
            return found
        return found | {name for name, spellings in self._odd.items() if any(each in folded for each in spellings)}
