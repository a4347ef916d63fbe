"""The last door: whatever a command line comes to, it ends in an exit code and a message, never in a traceback."""

from __future__ import annotations

from reconcile.cli import exit  # noqa: A004
from reconcile.cli.out import Out
from reconcile.cli.quick import answered
from reconcile.errors import FailedError


def execute(words: list[str]) -> int:
    """Parse and run a command line; give its exit code, whatever happens."""
    out = Out()
    try:
        status = _run(words, out)
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - the last door: no traceback leaves it
        status = exit.report(error, out)
    out.flush()
    if out.lost is not None:
        lost, out.lost = out.lost, None
        status = status or exit.report(FailedError(f"the output could not be written: {lost.strerror}"), out)
    return status


def _run(words: list[str], out: Out) -> int:
    status = answered(words, out)
    if status is not None:
        return status
    from reconcile.cli import commands  # noqa: PLC0415  typer costs 60 ms, and most runs find nothing to do

    return commands.run(words, out)
