"""reconcile health: what is wrong with a database, or soon will be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import config
from reconcile.cli.arguments import Database, Json, Schema
from reconcile.cli.asked import SCHEMA, Asked, Job, backup_dir, here
from reconcile.cli.exit import DAMAGED, DONE, PENDING
from reconcile.cli.out import Out
from reconcile.errors import UsageError

if TYPE_CHECKING:
    from reconcile.checkup import Checkup
    from reconcile.health.limits import Limits

ENDING = """\b
Exit codes: 0 healthy, 2 there is something to do, 7 damaged database,
            64 wrong usage, 65 invalid schema file, 66 no database
Example:    reconcile health store.db --rows products:1.. --nulls users.email:5%"""


def health(  # noqa: PLR0913, PLR0917 - a command's options
    database: Database = None,
    schema: Schema = SCHEMA,
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--rows",
            metavar="TABLE:RANGE",
            show_default=False,
            help="How many rows a table may have: 1.., ..5000, 1..5000. May be repeated.",
        ),
    ] = None,
    nulls: Annotated[
        list[str] | None,
        typer.Option(
            "--nulls",
            metavar="COLUMN:SHARE",
            show_default=False,
            help="How many rows may have no value in a column: users.email:5%. May be repeated.",
        ),
    ] = None,
    verbose: Annotated[  # noqa: FBT002
        bool, typer.Option("--verbose", "-v", help="Show the rows and NULLs of every table, and every query.")
    ] = False,
    json: Json = False,  # noqa: FBT002
) -> Job:
    """Look for what is wrong with a database, or soon will be. Nothing is written.

    Integrity, foreign keys, drift from the schema file, rows and NULLs against limits, room for ids, and whether the
    backups can be read. Every page and every row is read: for a nightly job, not for a start-up.
    """
    limits = _Words(tuple(rows or ()), tuple(nulls or ()))
    return partial(_health, Asked(database, schema), limits, verbose=verbose, json=json)


@dataclass(frozen=True, slots=True)
class _Words:
    """The limits on the command line, as ``name:limit``."""

    rows: tuple[str, ...]
    nulls: tuple[str, ...]


def _health(asked: Asked, words: _Words, out: Out, *, verbose: bool, json: bool) -> int:
    from reconcile import checkup  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.documents import errors_as_document  # noqa: PLC0415
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415

    with errors_as_document(out, wanted=json):
        limits = _limits(words)
        reporter = TerminalReporter(out, finished=False)
        found = checkup.health(asked.source(out), limits, backup_dir=backup_dir(None), reporter=reporter)
    if json:
        from reconcile.cli.diagnosis import document  # noqa: PLC0415

        out.document(document(found))
    else:
        from reconcile.cli.diagnosis import text  # noqa: PLC0415

        out.show(text(found, verbose=verbose))
    return _ending(found)


def _limits(words: _Words) -> Limits:
    """Put the limits of the command line over the configured ones."""
    from reconcile.health.limits import limits  # noqa: PLC0415  start-up: --help needs no engine

    configured = config.settings(here())
    place = str(configured.file) if configured.file is not None else None
    below = limits(configured.health_rows, configured.health_nulls, place)
    above = limits(_split(words.rows, "--rows", "products:1.."), _split(words.nulls, "--nulls", "users.email:5%"))
    return type(below)({**below.rows, **above.rows}, {**below.nulls, **above.nulls})


def _split(words: tuple[str, ...], option: str, example: str) -> dict[str, str]:
    out = {}
    for word in words:
        name, colon, limit = word.rpartition(":")
        if not colon or not name:
            raise UsageError(f"{option} {word}: it must be a name, a colon, and the limit", hint=f"{option} {example}")
        out[name] = limit
    return out


def _ending(found: Checkup) -> int:
    from reconcile.health.finding import Level  # noqa: PLC0415  start-up: --help needs no engine

    match found.worst:
        case Level.DAMAGE:
            return DAMAGED
        case Level.PROBLEM:
            return PENDING
        case Level.NOTE | None:
            return DONE
