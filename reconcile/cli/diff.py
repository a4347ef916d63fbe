"""reconcile diff: any two of schema.yaml, .sql and .db, compared."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli.asked import Job
from reconcile.cli.exit import DONE, PENDING
from reconcile.cli.out import Out

ENDING = """\b
Exit codes: 0 the same, 2 they differ, 64 wrong usage, 65 invalid schema file, 66 no database
Example:    reconcile diff store.db schema.yaml"""


def diff(
    old: Annotated[Path, typer.Argument(metavar="A", show_default=False, help="A schema.yaml, .sql or .db file.")],
    new: Annotated[Path, typer.Argument(metavar="B", show_default=False, help="Another one.")],
) -> Job:
    """Show what leads from the schema of A to the schema of B. Nothing is written."""
    return partial(_diff, old, new)


def _diff(old: Path, new: Path, out: Out) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.shown import heading  # noqa: PLC0415
    from reconcile.preview.heading import Purpose, View  # noqa: PLC0415
    from reconcile.preview.text import text  # noqa: PLC0415

    planned = api.difference(old, new)
    out.show(text(heading(planned), planned.plan, View(Purpose.DIFFERENCE)))
    return DONE if planned.plan.is_empty else PENDING
