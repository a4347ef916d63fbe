"""Who claims which old name: one-to-one, or an error."""

from __future__ import annotations

import pytest

from reconcile.diff.claims import Applied, Wish, settle
from reconcile.sql.names import name

NEVER = Applied(None)


def wish(new: str, *old: str) -> Wish:
    return Wish(name(new), tuple(map(name, old)) or None, new)


def renames(wishes: list[Wish], live: list[str], applied: Applied = NEVER) -> list[tuple[str, str]]:
    found = settle(wishes, list(map(name, live)), applied)
    assert found.refusals == ()
    return [(pair.old.text, pair.new.text) for pair in found.pairs]


def test_a_hint_whose_old_name_is_live_is_a_rename() -> None:
    assert [("a", "b")] == renames([wish("b", "a")], ["a"])


def test_the_first_of_several_old_names_that_is_live_counts() -> None:
    assert [("y", "b")] == renames([wish("b", "x", "y", "z")], ["y", "z"])


def test_a_spent_hint_is_nothing() -> None:
    assert [] == renames([wish("b", "a")], ["b"])
    assert [] == renames([wish("b", "a"), wish("a")], ["a", "b"])


def test_a_chain_frees_each_name_before_it_is_needed() -> None:
    assert [("b", "c"), ("a", "b")] == renames([wish("b", "a"), wish("c", "b")], ["a", "b"])


def test_a_chain_that_is_done_is_spent_from_its_end() -> None:
    chain = [wish("a"), wish("b", "a"), wish("c", "b"), wish("d", "c")]

    assert [] == renames(chain, ["a", "b", "c", "d"])
    assert [] == renames(chain[::-1], ["d", "c", "b", "a"])


def test_a_chain_whose_first_name_is_wanted_again_is_refused() -> None:
    """As it is without a chain: whether the rows of `a` move or stay is not said."""
    found = settle([wish("a"), wish("b", "a"), wish("c", "b")], [name("a"), name("b")], NEVER)

    assert "b" in {refusal.object for refusal in found.refusals}


def test_another_case_is_the_same_thing_spelled_anew() -> None:
    assert [("a", "A")] == renames([wish("A")], ["a"])
    assert [] == renames([wish("É")], ["é"])


def test_a_swap_is_done_once() -> None:
    swap = [wish("a", "b"), wish("b", "a")]
    done = Applied(frozenset({("a", "b"), ("b", "a")}))

    assert [("b", "a"), ("a", "b")] == renames(swap, ["a", "b"], Applied(frozenset()))
    assert [] == renames(swap, ["a", "b"], done)


def test_a_swap_of_names_beyond_ascii_is_remembered() -> None:
    """The history's labels are folded as SQLite folds: É stays É."""
    swap = [wish("É", "x"), wish("x", "É")]

    assert [] == renames(swap, ["É", "x"], Applied(frozenset({("É", "x"), ("x", "É")})))


@pytest.mark.parametrize(
    ("wishes", "live"),
    [
        ([wish("b", "a"), wish("c", "a")], ["a"]),
        ([wish("a", "b"), wish("b", "a")], ["a", "b"]),
        ([wish("b", "a")], ["a", "b"]),
        ([wish("b", "a"), wish("a")], ["a"]),
    ],
    ids=["two claimants", "a swap without a history", "both are live", "the old one stays"],
)
def test_contradictions_are_refused(wishes: list[Wish], live: list[str]) -> None:
    found = settle(wishes, list(map(name, live)), NEVER)

    assert ["rename-conflict"] == [refusal.code for refusal in found.refusals]
    assert () == found.pairs
