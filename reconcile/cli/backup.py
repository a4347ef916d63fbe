"""reconcile backup: a verified copy of a live database."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli.arguments import Database
from reconcile.cli.asked import Job
from reconcile.cli.backing_up import backed_up

ENDING = """\b
Exit codes: 0 done, 1 failed, 5 busy, 7 damaged database, 64 wrong usage, 66 no database
Example:    reconcile backup store.db --keep 10"""


def backup(
    database: Database = None,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default=False, help="A new file. Else backups/<name>_<time>.db beside DB."),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=1, show_default=False, help="Keep the newest N backups, delete older."),
    ] = None,
) -> Job:
    """Copy a database that may be in use, and verify the copy.

    The copy is one moment of the database, taken by SQLite itself; nothing is ever overwritten.
    """
    return partial(backed_up, database, file, keep)
