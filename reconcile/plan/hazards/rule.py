"""What a hazard rule is: a pair of functions over a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reconcile.diff.changes import Renames
from reconcile.model.facts import Facts, Question
from reconcile.model.pair import Pair
from reconcile.model.schema import Schema
from reconcile.plan.mapping import Mapping, Origin
from reconcile.plan.scene import Scene
from reconcile.plan.steps import Hazard, Work
from reconcile.sql.names import Name, literal

_LONG = 60  # characters of a value that are shown


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it asks about the rows, and what it makes of the answers. `codes` are the hazards it may raise."""

    codes: tuple[str, ...]
    questions: Callable[[Scene], Iterator[Question]]
    hazards: Callable[[Scene, Facts], Iterator[Hazard]]


@dataclass(frozen=True, slots=True)
class Whole:
    """A plan as a whole: every change with the way it is made, and the schemas before (under new names) and after."""

    works: tuple[Work, ...]
    renames: Renames
    schemas: Pair[Schema]
    facts: Facts


@dataclass(frozen=True, slots=True)
class WholeRule:
    """A rule about a plan as a whole. It asks nothing of the rows that the plan does not ask anyway."""

    codes: tuple[str, ...]
    hazards: Callable[[Whole], Iterator[Hazard]]


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Say a number with its noun: ``1 row``, ``48,210 rows``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def remedy(columns: Iterable[Name], rows: Mapping | None) -> str:
    """Say what helps against rows that are in the way: where their values are still to be made, not to fix the rows."""
    asked = frozenset(columns)
    made = [mapped for mapped in rows.columns if mapped.column.name in asked] if rows is not None else []
    if any(mapped.origin is Origin.USING for mapped in made):
        return "Let `using` give other values, or fix the rows; then plan again."
    fresh = next((mapped.column for mapped in made if mapped.origin is Origin.DEFAULT), None)
    if fresh is not None:
        return f"Say what rows that exist get:   {fresh.name.sql}: {{sql: …, using: …}}"
    return "Fix the rows, then plan again."


def told(values: Iterable[tuple[str, str]]) -> str:
    """Write the expression that tells what a row holds, of (label, SQL): ``a = 'x', b = 3``."""
    return " || ', ' || ".join(f"{literal(f'{label} = ')} || {brief(sql)}" for label, sql in values) or "''"


def brief(sql: str) -> str:
    """Write the expression that tells a value as SQL writes it; of a long one only the beginning."""
    return (
        f"CASE WHEN length(quote({sql})) > {_LONG} THEN substr(quote({sql}), 1, {_LONG}) || '…' ELSE quote({sql}) END"
    )
