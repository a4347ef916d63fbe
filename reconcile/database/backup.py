"""Take a proven copy of a database, list the copies, and prune the oldest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reconcile.database.connection import Prepare

Progress = Callable[[int, int], None]
"""Told after each step how many pages are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was verified: where it lies, its size in bytes, how long it took.

    `faults` are lines of quick_check that the source gives as well: the copy is true, its source was not sound.
    """

    path: Path
    size: int
    seconds: float
    faults: tuple[str, ...] = ()


def take(
    source: Path,
    *,
    now: datetime,
    folder: Path | None = None,
    wait: float = 5.0,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
) -> Backup:
    """Copy a database, as it is now, into `folder` (``backups`` beside it) under a name with the time in it."""
    raise NotImplementedError


def take_to(
    source: Path,
    target: Path,
    *,
    wait: float = 5.0,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
) -> Backup:
    """Copy a database, as it is now, to exactly `target`, which may not exist yet."""
    raise NotImplementedError


def default_folder(database: Path) -> Path:
    """Name the folder for backups: ``backups`` beside the real file, not beside a link to it."""
    raise NotImplementedError


def backups(folder: Path, database: Path) -> tuple[Path, ...]:
    """List the backups of `database` in `folder`, the oldest first; what is not named as we name is not listed."""
    raise NotImplementedError


def prune(folder: Path, database: Path, keep: int) -> tuple[Path, ...]:
    """Delete the oldest backups of `database` until `keep` (at least 1) are left; give those deleted."""
    raise NotImplementedError
