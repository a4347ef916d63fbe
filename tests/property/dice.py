"""Drawing, in words: the one place that talks to hypothesis, and the hidden ids and names that come from it."""

from __future__ import annotations

from itertools import chain, count
from random import Random
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from .model import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")

PLAIN = (
    "users orders items notes parts tags price title body amount code label kind region position email status"
    " owner parent score weight color size level stamp flags memo extra"
).split()

# Legal identifiers, each of which has broken some tool: keywords, quotes, comments, YAML's own words, control and
# bidi characters, what looks like a number, a placeholder, a path or markup. None *starts* with a quote or bracket:
# SQLite 3.40.1 dequotes the child's name once more in a RESTRICT action and then writes past the end of `[x`.
HOSTILE = (
    "order",
    "select",
    "Group",
    "a b",
    'do"ub"le',
    "it's",
    "semi;colon",
    "--dash",
    "/*c*/",
    "ti`ck",
    "brack[et",
    "dot.ted",
    "new\nline",
    "tab\there",
    "null",
    "true",
    "no",
    "012",
    "1:30",
    "~",
    "Straße",
    "ÄÖÜ",
    "emoji \U0001f389",
    "esc\x1b[31m",
    "bidi\u202eend",
    "zero\u200bwidth",
    "%s",
    "$1",
    "a,b",
    "(paren",
    "# hash",
    "- item",
    "key: value",
    "rowid_",
    "back\\slash",
    "sqlitex",
    "CamelCase",
)


class Dice:
    """What a strategy draws from, with fresh hidden ids and names that collide with nothing."""

    def __init__(self, draw: Callable[[st.SearchStrategy[T]], T], *, hostile: bool = False) -> None:
        self._draw = draw
        self._ids = count(1)
        self._taken: set[str] = set()
        self.hostile = hostile

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of the choices; the first is the simplest."""
        return self._draw(st.sampled_from(choices))

    def flip(self, percent: int = 50) -> bool:
        """Draw yes in so many of a hundred cases."""
        return self.integer(0, 99) >= 100 - percent

    def integer(self, low: int, high: int) -> int:
        """Draw a number."""
        return self._draw(st.integers(low, high))

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Draw an order."""
        return list(self._draw(st.permutations(list(items))))

    def some(self, items: Sequence[T], least: int, most: int) -> tuple[T, ...]:
        """Draw some different items, in their own order."""
        size = self.integer(min(least, len(items)), min(most, len(items)))
        chosen = sorted(self.shuffled(range(len(items)))[:size])
        return tuple(items[position] for position in chosen)

    def new_id(self) -> int:
        """Give the next hidden id."""
        return next(self._ids)

    def name(self, prefix: str = "") -> str:
        """Draw a name that nothing has: distinct names everywhere keep a wrong pairing visible."""
        pool: Sequence[str] = HOSTILE if self.hostile and self.flip(40) else PLAIN
        base = prefix + self.pick(pool)
        candidates = chain((base,), (f"{base}{number}" for number in count(2)))
        name = next(candidate for candidate in candidates if fold(candidate) not in self._taken)
        self._taken.add(fold(name))
        return name


class Seeded(Dice):
    """Dice that roll from a seed: hypothesis throws away what draws much, and so would leave long lives empty."""

    def __init__(self, seed: int) -> None:
        super().__init__(lambda _: None)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Roll on from another seed; ids and names stay taken."""
        self._random = Random(seed)

    def pick(self, choices: Sequence[T]) -> T:
        """Roll one of the choices."""
        return self._random.choice(choices)

    def integer(self, low: int, high: int) -> int:
        """Roll a number."""
        return self._random.randint(low, high)

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Roll an order."""
        found = list(items)
        return self._random.sample(found, len(found))
