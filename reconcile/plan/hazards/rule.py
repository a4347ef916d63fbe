"""What a hazard rule is: a pair of functions over a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconcile.model.facts import Facts, Question
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it asks about the rows, and what it makes of the answers. `codes` are the hazards it may raise."""

    codes: tuple[str, ...]
    questions: Callable[[Scene], Iterator[Question]]
    hazards: Callable[[Scene, Facts], Iterator[Hazard]]


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Say a number with its noun: ``1 row``, ``48,210 rows``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
