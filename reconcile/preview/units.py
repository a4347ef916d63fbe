"""Counts, sizes and durations as people read them."""

from __future__ import annotations

from collections.abc import Iterable


def counted(number: int, noun: str, nouns: str | None = None) -> str:
    """Count things: ``1 row``, ``48,210 rows``."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def size(number: int) -> str:
    """Give a number of bytes in decimal units: ``38.2 MB``."""
    if number < 1000:
        return counted(number, "byte")
    value, unit = number / 1000, "kB"
    for bigger in ("MB", "GB", "TB"):
        if value < 999.95:
            break
        value, unit = value / 1000, bigger
    return f"{value:,.1f} {unit}"


def duration(seconds: float) -> str:
    """Give a time in seconds, from two minutes on in minutes: ``0.4 s``."""
    if seconds < 0.05:
        return "<0.1 s"
    return f"{seconds:,.1f} s" if seconds < 120 else f"{seconds / 60:,.1f} min"


def listed(words: Iterable[str], most: int = 8) -> str:
    """Join words as a sentence does: ``a, b and c``; what is above `most` is only counted."""
    found = list(words)
    if len(found) > most:
        found = [*found[: most - 1], f"{len(found) - most + 1:,} more"]
    return " and ".join(part for part in (", ".join(found[:-1]), *found[-1:]) if part)
