"""Take a backup: the one verb that needs no schema, and so neither planner nor parser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from reconcile.apply.reporter import Reporter, Silent
from reconcile.database import backup as backups
from reconcile.database.connection import Prepare
from reconcile.errors import UsageError


def backup(  # noqa: PLR0913 - a door: each is named where it is called
    database: Path,
    file: Path | None = None,
    *,
    folder: Path | None = None,
    keep: int | None = None,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Path:
    """Take a verified backup, to `file` or into `folder` (``backups`` beside it); then keep the newest `keep`."""
    heard = reporter or Silent()

    def progress(done: int, total: int) -> None:
        heard.step_progress("backup", done, total)

    if file is not None:
        if keep is not None:
            raise UsageError("--keep goes with the default folder, not with a file of your own")
        return backups.take_to(database, file, progress=progress, prepare=prepare).path
    taken = backups.take(database, now=datetime.now(UTC), folder=folder, progress=progress, prepare=prepare)
    if keep is not None:
        backups.prune(taken.path.parent, database, keep, taken=taken.path)
    return taken.path
