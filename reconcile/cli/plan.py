"""reconcile plan: what apply would do, with the rows counted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli.arguments import Allow, ColumnOrder, Database, Drop, HowChanged, Rows, Schema
from reconcile.cli.asked import SCHEMA, Asked, Job
from reconcile.cli.exit import DONE, PENDING
from reconcile.cli.planning import Format, How, planned

ENDING = """\b
Exit codes: 0 planned or in sync, 2 changes pending (with --exit-code), 3 blocked or consent missing,
            7 damaged database, 64 wrong usage, 65 invalid schema file, 66 no database
Example:    reconcile plan store.db --allow drop-column:products.legacy_code"""


def plan(  # noqa: PLR0913, PLR0917 - a command's options
    database: Database = None,
    schema: Schema = SCHEMA,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    file: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", show_default=False, help="Save the plan, for reconcile apply FILE."),
    ] = None,
    pending: Annotated[bool, typer.Option("--exit-code", help="Exit with 2 where changes are pending.")] = False,  # noqa: FBT002
    rows: Rows = None,
    allow: Allow = None,
    drop: Drop = None,
    column_order: ColumnOrder = False,  # noqa: FBT002
    method: HowChanged = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the SQL of each step.")] = False,  # noqa: FBT002
) -> Job:
    """Show what apply would do, with the real rows counted. Nothing is written.

    The last line of a plan is the command that applies exactly what was shown. What would lose something wants
    consent by name; what cannot work is blocked, with the rows that are in the way. --format sql writes a script for
    the sqlite3 shell that checks itself, --format markdown what a pull request shows.
    """
    asked = Asked(database, schema, allow, drop, column_order, method)
    how = How(form, file, PENDING if pending else DONE, rows, verbose)
    return partial(planned, asked, how)
