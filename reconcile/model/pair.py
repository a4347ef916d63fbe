"""Pair: whatever has a before and an after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair(Generic[T]):
    """Two states of one thing. Ask the live file about `old`, write the new file from `new`."""

    old: T
    new: T
