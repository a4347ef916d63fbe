"""What backup does, once its words are read. Nothing here knows typer; see `quick`."""

from __future__ import annotations

from pathlib import Path

from reconcile.cli.asked import backup_dir, chosen, from_here, hook, kept
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out


def backed_up(database: Path | None, file: Path | None, keep: int | None, out: Out) -> int:
    """Take a backup, to `file` or into the folder for backups, and tell where it lies; give the exit code."""
    from reconcile.backing_up import backup  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415

    path = chosen(database, out)
    reporter = TerminalReporter(out, finished=False)
    if file is None:
        made = backup(path, folder=backup_dir(None), keep=kept(keep), prepare=hook(), reporter=reporter)
    else:
        made = backup(path, file, keep=keep, prepare=hook(), reporter=reporter)
    out.live("")
    out.line(f"Backed up {path} to {from_here(made)}.")
    return DONE
