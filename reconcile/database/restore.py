"""Put a backup's content back into the live file, in one transaction, never by copying files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reconcile.database.backup import Backup, Progress
from reconcile.database.connection import OnWait, Prepare


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: from which backup, and where the state that it replaced is kept.

    `safety` is None only where nothing was there before. `size` is the restored database in bytes. `faults` are
    rows of the backup that break their own table's rules; they came along.
    """

    path: Path
    source: Path
    safety: Backup | None
    size: int
    seconds: float
    faults: tuple[str, ...] = ()


def restore(
    path: Path,
    source: Path,
    *,
    now: datetime,
    folder: Path | None = None,
    wait: float = 30.0,
    on_wait: OnWait | None = None,
    progress: Progress | None = None,
    prepare: Prepare | None = None,
) -> Restored:
    """Make the database at `path` equal to the backup `source`, after a backup of what is there now."""
    raise NotImplementedError
