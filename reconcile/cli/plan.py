"""reconcile plan: what apply would do, with the rows counted."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli.arguments import SCHEMA, Allow, Asked, ColumnOrder, Database, Drop, Job, Schema
from reconcile.cli.exit import BLOCKED, DONE, PENDING
from reconcile.cli.out import Out

if TYPE_CHECKING:
    from reconcile.plan.steps import Plan

ENDING = """\b
Exit codes: 0 planned or in sync, 2 changes pending (with --exit-code), 3 blocked or consent missing,
            7 damaged database, 64 wrong usage, 65 invalid schema file, 66 no database
Example:    reconcile plan store.db --allow drop-column:products.legacy_code"""


class Format(Enum):
    """What a plan can be written as."""

    TEXT = "text"
    JSON = "json"


def plan(  # noqa: PLR0913, PLR0917 - a command's options
    database: Database = None,
    schema: Schema = SCHEMA,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    pending: Annotated[bool, typer.Option("--exit-code", help="Exit with 2 where changes are pending.")] = False,  # noqa: FBT002
    allow: Allow = None,
    drop: Drop = None,
    column_order: ColumnOrder = False,  # noqa: FBT002
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the SQL of each step.")] = False,  # noqa: FBT002
) -> Job:
    """Show what apply would do, with the real rows counted. Nothing is written.

    The last line of a plan is the command that applies exactly what was shown. What would lose something wants
    consent by name; what cannot work is blocked, with the rows that are in the way.
    """
    asked = Asked(database, schema, allow, drop, column_order)
    return partial(_plan, asked, form, verbose=verbose, pending=PENDING if pending else DONE)


def _plan(asked: Asked, form: Format, out: Out, *, verbose: bool, pending: int) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415
    from reconcile.cli.shown import heading  # noqa: PLC0415
    from reconcile.preview import json, text  # noqa: PLC0415
    from reconcile.preview.heading import View  # noqa: PLC0415

    planned = api.plan(asked.source(out), reporter=TerminalReporter(out, finished=False))
    out.live("")
    match form:
        case Format.TEXT:
            out.show(text.text(heading(planned), planned.plan, View(verbose=verbose)))
        case Format.JSON:
            out.document(json.text(json.document(heading(planned), planned.plan)))
    return _status(planned.plan, pending)


def _status(plan: Plan, pending: int) -> int:
    if plan.blocked or plan.wanting:
        return BLOCKED
    return DONE if plan.is_empty else pending
