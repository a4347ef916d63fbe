"""reconcile backup: a verified copy of a live database."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli.arguments import Database
from reconcile.cli.asked import Job, backup_dir, chosen, hook, kept
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out

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
    return partial(_backup, database, file, keep)


def _backup(database: Path | None, file: Path | None, keep: int | None, out: Out) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415
    from reconcile.cli.shown import from_here  # noqa: PLC0415

    path = chosen(database, out)
    reporter = TerminalReporter(out, finished=False)
    if file is None:
        made = api.backup(path, folder=backup_dir(None), keep=kept(keep), prepare=hook(), reporter=reporter)
    else:
        made = api.backup(path, file, keep=keep, prepare=hook(), reporter=reporter)
    out.live("")
    out.line(f"Backed up {path} to {from_here(made)}.")
    return DONE
