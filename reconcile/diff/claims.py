"""Who claims which old name: one-to-one, or an error. The same rules serve tables, views and columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from reconcile.diff.changes import Refusal
from reconcile.model.pair import Pair
from reconcile.sql.names import Name, fold


@dataclass(frozen=True, slots=True)
class Wish:
    """A desired name with its `renamed_from`; `label` is how messages call it (``products.name``)."""

    name: Name
    renamed_from: tuple[Name, ...] | None
    label: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What the history says of hints: None where there is no history, else those that were applied last."""

    hints: frozenset[tuple[str, str]] | None

    def knows(self, wish: Wish, old: Name) -> bool:
        """Say whether the history records this hint as applied."""
        return self.hints is not None and (fold(wish.label), old.key) in self.hints


@dataclass(frozen=True, slots=True)
class Claims:
    """The renames found, in an order that never needs a name that is still taken, unless it is a cycle."""

    pairs: tuple[Pair[Name], ...]
    refusals: tuple[Refusal, ...]


def settle(wishes: list[Wish], live: list[Name], applied: Applied) -> Claims:
    """Find which hints are renames to do now, which are spent, and which contradict each other."""
    desk = _Desk(wishes, live, applied)
    desk.collect()
    desk.refuse_shared()
    desk.close_cycles()
    desk.refuse_contradictions()
    return Claims(tuple(_ordered(desk.pairs())), tuple(desk.refusals))


class _Desk:
    """Collects the claims of one name space."""

    def __init__(self, wishes: list[Wish], live: list[Name], applied: Applied) -> None:
        self.wishes = {wish.name: wish for wish in wishes}
        self.live = {name: name for name in live}
        self.applied = applied
        self.claims: dict[Name, Name] = {}
        self.refusals: list[Refusal] = []

    def collect(self) -> None:
        for wish in self.wishes.values():
            old = next((self.live[n] for n in wish.renamed_from or () if n in self.live and n != wish.name), None)
            if old is not None:
                self.claims[wish.name] = old

    def refuse_shared(self) -> None:
        claimants: dict[Name, list[Name]] = defaultdict(list)
        for new, old in self.claims.items():
            if new not in self.live or old not in self.wishes:
                claimants[old].append(new)
        for old, names in claimants.items():
            if len(names) > 1:
                both = " and ".join(self.wishes[new].label for new in names)
                way = "Leave renamed_from on the one that it is, and take it from the others."
                self._refuse(names[0], f"both {both} say renamed_from: {old}; only one can be it", way)
                for new in names:
                    self.claims.pop(new, None)

    def close_cycles(self) -> None:
        """Keep what is a swap or a ring of names, drop hints that are spent because both names are desired."""
        for new in list(self.claims):
            if new not in self.claims or new not in self.live or self.claims[new] not in self.wishes:
                continue
            ring = self._ring(new)
            if ring is None:
                self._drop_spent(new)
            elif all(self.applied.knows(self.wishes[name], self.claims[name]) for name in ring):
                for name in ring:
                    del self.claims[name]
            elif self.applied.hints is None:
                labels = " and ".join(self.wishes[name].label for name in ring)
                self._refuse(
                    new,
                    f"{labels} exchange their names, and there is no history to tell whether that was done before",
                    "If it was done before, take both renamed_from out.",
                    "If it is still to do: take them out, apply (that begins the history), put them back, apply again.",
                )
                for name in ring:
                    del self.claims[name]

    def _drop_spent(self, new: Name) -> None:
        """Drop a hint where the new name is there and the old one is another thing now, and those that waited for it.

        In a chain (b from a, c from b) that is done, c is the first to be seen as spent, and with it b.
        """
        while new in self.claims and new in self.live and self.claims[new] in self.wishes and not self._moves_away(new):
            new = self.claims.pop(new)

    def refuse_contradictions(self) -> None:
        for new, old in list(self.claims.items()):
            if new in self.live and not self._moves_away(new):
                message = f"renamed_from: {old}, but both {new} and {old} exist: nothing can be renamed"
                self._refuse(new, message, f"Take renamed_from out of {new}; {old} goes only if you drop it by name.")
                del self.claims[new]
            elif old in self.wishes and old not in self.claims:
                message = f"renamed_from: {old}, but {old} stays in the desired schema too"
                self._refuse(new, message, f"Take renamed_from out of {new}, or {old} out of the schema file.")
                del self.claims[new]

    def pairs(self) -> list[Pair[Name]]:
        out = [Pair(old, new) for new, old in self.claims.items()]
        for name in self.wishes:
            # A name that differs in case only is the same thing, spelled anew.
            free = name not in self.claims and name not in self.claims.values()
            if free and name in self.live and self.live[name].text != name.text:
                out.append(Pair(self.live[name], name))
        return out

    def _moves_away(self, name: Name) -> bool:
        return any(old == name for new, old in self.claims.items() if new != name)

    def _ring(self, start: Name) -> list[Name] | None:
        ring, here = [start], self.claims[start]
        while here != start:
            if here in ring or here not in self.claims:
                return None
            ring.append(here)
            here = self.claims[here]
        return ring

    def _refuse(self, name: Name, message: str, *ways: str) -> None:
        self.refusals.append(Refusal("rename-conflict", self.wishes[name].label, message, ways))


def _ordered(pairs: list[Pair[Name]]) -> list[Pair[Name]]:
    """Order renames so that a new name is free when its turn comes; a ring is left in a row, for a detour."""
    waiting = list(pairs)
    out: list[Pair[Name]] = []
    while waiting:
        taken = {pair.old for pair in waiting}
        free = [pair for pair in waiting if pair.new not in taken or pair.new == pair.old]
        out += free or waiting
        waiting = [pair for pair in waiting if pair not in free] if free else []
    return out
