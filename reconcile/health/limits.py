"""Thresholds: how many rows a table may have, and how many of them may lack a value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconcile.errors import UsageError
from reconcile.sql.names import fold


@dataclass(frozen=True, slots=True)
class Span:
    """A number of rows from `least` to `most`, both included; None: no limit. `text` is as the user wrote it."""

    least: int | None
    most: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a table's rows that may hold no value, from 0 to 1. `text` is as the user wrote it."""

    most: float
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits by folded table, and by folded ``table.column``."""

    rows: Mapping[str, Span] = field(default_factory=dict)
    nulls: Mapping[str, Share] = field(default_factory=dict)


def limits(rows: Mapping[str, str], nulls: Mapping[str, str], place: str | None = None) -> Limits:
    """Read limits as people write them, ``1..5000`` and ``5%``; UsageError for one that says nothing."""
    return Limits(
        {fold(table): _span(table, text, place) for table, text in rows.items()},
        {fold(column): _share(column, text, place) for column, text in nulls.items()},
    )


def known(wanted: Iterable[str], there: Iterable[str], what: str) -> None:
    """Raise UsageError for a limit on something that is not there: a typo may not pass for health."""
    names = sorted(there)
    for name in wanted:
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean '{close[0]}'?" if close else None
            raise UsageError(f"there is a limit for {what} {name}, and no such {what}", hint=hint)


def _span(table: str, text: str, place: str | None) -> Span:
    found = re.fullmatch(r"(\d*)\.\.(\d*)", text.strip(), re.ASCII)
    least, most = (int(number) if number else None for number in found.groups()) if found else (None, None)
    if (least is None and most is None) or (least is not None and most is not None and least > most):
        raise UsageError(f"rows of {table}: {text!r} is no range", place=place, hint="write 1.., ..5000 or 1..5000")
    return Span(least, most, text.strip())


def _share(column: str, text: str, place: str | None) -> Share:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text.strip(), re.ASCII)
    if found is None or float(found[1]) > 100:
        raise UsageError(f"nulls of {column}: {text!r} is no share of the rows", place=place, hint="write 5% or 0%")
    return Share(float(found[1]) / 100, text.strip())
