"""What SQL text can use, and the first SQLite that has it (changes.html): data, and how it is seen in a text.

A schema that uses something newer than the SQLite of this process is refused with the version that it needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconcile.model.engine import Engine
from reconcile.sql.tokens import Token, TokenError, tokens


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that SQLite did not always have. `used` says whether it is used at a place among the tokens.

    `mark` is a pattern that every text with it matches: most have none of them, and need not be cut into tokens.
    """

    name: str
    since: tuple[int, int, int]
    mark: str
    used: Callable[[list[Token], int], bool]

    @property
    def version(self) -> str:
        """The version as people write it."""
        major, minor, patch = self.since
        return f"{major}.{minor}" + (f".{patch}" if patch else "")


def lacking(sql: str, engine: Engine) -> tuple[Feature, ...]:
    """Give what a CREATE statement uses and this SQLite does not have yet, the newest first."""
    newer = [each for each in FEATURES if each.since > engine.version and re.search(each.mark, sql, re.IGNORECASE)]
    return tuple(sorted(_used(sql, newer), key=lambda feature: feature.since, reverse=True)) if newer else ()


def _used(sql: str, features: list[Feature]) -> Iterator[Feature]:
    try:
        found = tokens(sql)
    except TokenError:
        return
    yield from (feature for feature in features if any(feature.used(found, place) for place in range(len(found))))


def _words(*ways: str) -> Callable[[list[Token], int], bool]:
    """See any of these runs of words or operators."""
    split = [way.split() for way in ways]

    def used(found: list[Token], place: int) -> bool:
        return any([token.word for token in found[place : place + len(way)]] == way for way in split)

    return used


def _strict(found: list[Token], place: int) -> bool:
    """See the option of a table: its last words, behind the parenthesis."""
    rest = [token.word for token in found[place:] if token.word != ";"]
    return rest in ([")", "STRICT"], ["ROWID", ",", "STRICT"], [")", "STRICT", ",", "WITHOUT", "ROWID"])


def _separated(found: list[Token], place: int) -> bool:
    return found[place].kind == "number" and "_" in found[place].text


def _computed_message(found: list[Token], place: int) -> bool:
    """See RAISE(ABORT, 'no ' || x): until 3.47 nothing but one string or word could stand there."""
    words = [token.word for token in found[place : place + 6]]
    return words[:2] == ["RAISE", "("] and words[3:4] == [","] and words[5:] not in ([], [")"])


FEATURES = (
    Feature("STRICT", (3, 37, 0), "strict", _strict),
    Feature("-> and ->>", (3, 38, 0), "->", _words("->", "->>")),
    Feature("IS DISTINCT FROM", (3, 39, 0), "distinct", _words("IS DISTINCT FROM", "IS NOT DISTINCT FROM")),
    Feature(
        "RIGHT and FULL JOIN",
        (3, 39, 0),
        "right|full",
        _words("RIGHT JOIN", "RIGHT OUTER JOIN", "FULL JOIN", "FULL OUTER JOIN"),
    ),
    Feature("a number with _ in it", (3, 46, 0), r"\d_\d", _separated),
    Feature("an expression as the message of RAISE", (3, 47, 0), "raise", _computed_message),
)
