"""reconcile restore: a backup's content back into the live file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli import config
from reconcile.cli.asked import Job, from_here, hook
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.preview.printable import printable
from reconcile.preview.units import duration

ENDING = """\b
Exit codes: 0 done, 1 failed, 5 busy, 7 damaged database or backup, 64 wrong usage, 66 no database
Example:    reconcile restore store.db backups/store_20261122_101502.db"""


def restore(
    database: Annotated[Path, typer.Argument(metavar="DB", show_default=False, help="The database, in use or not.")],
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", show_default=False, help="What to put back.")],
    wait: Annotated[str, typer.Option("--wait", metavar="TIME", help="How long to wait for a lock.")] = "30s",
) -> Job:
    """Put a backup back into the live file, whoever has it open.

    What is there now is backed up first. SQLite itself moves the content, in one transaction: files are never
    copied over each other.
    """
    return partial(_restore, database, backup, wait)


def _restore(database: Path, backup: Path, wait: str, out: Out) -> int:
    seconds = config.duration(wait)

    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415
    from reconcile.preview.paste import command  # noqa: PLC0415

    reporter = TerminalReporter(out, finished=False)
    done = api.restore(database, backup, wait=seconds, prepare=hook(), reporter=reporter)
    out.live("")
    out.line(f"Restored {database} from {backup} in {duration(done.seconds)}.")
    if done.safety is not None:
        undo = command("restore", str(database), str(from_here(done.safety)))
        out.show(f"What was there is kept.     Undo:  {printable(undo)}")
    return DONE
