"""The commands, one file each and one line each here, and how a command line becomes a job."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import typer

from reconcile.cli import (
    apply,
    backup,
    check,
    diff,
    exit,  # noqa: A004
    fmt,
    health,
    history,
    inspect,
    lint,
    plan,
    restore,
    rollback,
    schema,
)
from reconcile.cli.asked import Job
from reconcile.cli.out import Out
from reconcile.errors import UsageError

COMMANDS: tuple[tuple[str, Callable[..., Job], str], ...] = (
    ("inspect", inspect.inspect, inspect.ENDING),
    ("plan", plan.plan, plan.ENDING),
    ("apply", apply.apply, apply.ENDING),
    ("check", check.check, check.ENDING),
    ("health", health.health, health.ENDING),
    ("history", history.history, history.ENDING),
    ("rollback", rollback.rollback, rollback.ENDING),
    ("backup", backup.backup, backup.ENDING),
    ("restore", restore.restore, restore.ENDING),
    ("lint", lint.lint, lint.ENDING),
    ("fmt", fmt.fmt, fmt.ENDING),
    ("diff", diff.diff, diff.ENDING),
    ("schema", schema.schema, schema.ENDING),
)

# The base of every complaint about a command line; typer itself has no public name for it.
_Complaint: type[Exception] = typer.BadParameter.__mro__[2]


def run(words: list[str], out: Out) -> int:
    """Parse and run a command line; give its exit code, or raise."""
    if not words:
        _parsed(["--help"])
        # A shell that asks for completion gives no words, but a variable.
        return exit.DONE if "_RECONCILE_COMPLETE" in out.environ else exit.WRONG_USAGE
    job = _parsed(words)
    return job if isinstance(job, int) else job(out)


def _parsed(words: list[str]) -> Job | int:
    """Give the job that the words ask for, or the exit code where help was all they asked for."""
    try:
        parsed = application()(args=words, prog_name="reconcile", standalone_mode=False)
    except SystemExit as done:  # how shell completion ends, once it has printed its words
        return int(done.code or 0)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except _Complaint as error:
        raise _usage(error) from error
    return parsed if callable(parsed) else int(parsed or 0)


@cache
def application() -> typer.Typer:
    """Build the command line from the commands."""
    app = typer.Typer(
        name="reconcile",
        help=_ABOUT,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_HELP,
    )
    app.callback()(_everything)
    for name, command, ending in COMMANDS:
        app.command(name, epilog=ending, short_help=_first_sentence(command), context_settings=_HELP)(command)
    return app


def _everything(
    version: bool = typer.Option(False, "--version", "-V", help="Print the version and exit."),  # noqa: FBT001, FBT003
) -> None:
    if version:
        raise UsageError("--version stands alone", hint="reconcile --version")


def _first_sentence(command: Callable[..., Job]) -> str:
    """Give the sentence of the overview: up to the colon or the full stop."""
    return re.split(r"[:.](?:\s|$)", command.__doc__ or "", maxsplit=1)[0]


_HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_ABOUT = """Plan and apply for SQLite: one schema.yaml, a proven plan, and a way back.

Start with:  reconcile inspect store.db -o schema.yaml

\b
Exit codes:
  0  done, or nothing to do            5   busy: no lock within --wait
  1  failed                            6   verification failed; the previous state is back
  2  changes pending                   7   the database was damaged before
  3  blocked, or consent is missing    64  wrong usage      65  the schema file is not valid
  4  stale: changed since the plan     66  no database      130 interrupted
"""


def _usage(error: Exception) -> UsageError:
    message = str(error.format_message()) if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "reconcile"
    return UsageError(message, hint=f"{command} --help")
