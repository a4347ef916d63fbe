"""reconcile plan: what apply would do, with the rows counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from reconcile.cli.arguments import (
    ROWS,
    SCHEMA,
    Allow,
    Asked,
    ColumnOrder,
    Database,
    Drop,
    HowChanged,
    Job,
    Rows,
    Schema,
    shown_rows,
    tells_values,
)
from reconcile.cli.exit import BLOCKED, DONE, PENDING
from reconcile.cli.out import Out

if TYPE_CHECKING:
    from reconcile.api import Planned
    from reconcile.plan.steps import Plan
    from reconcile.preview.heading import View

ENDING = """\b
Exit codes: 0 planned or in sync, 2 changes pending (with --exit-code), 3 blocked or consent missing,
            7 damaged database, 64 wrong usage, 65 invalid schema file, 66 no database
Example:    reconcile plan store.db --allow drop-column:products.legacy_code"""


class Format(Enum):
    """What a plan can be written as."""

    TEXT = "text"
    JSON = "json"
    SQL = "sql"
    MARKDOWN = "markdown"


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
    how = _How(form, file, PENDING if pending else DONE, rows, verbose)
    return partial(_plan, asked, how)


@dataclass(frozen=True, slots=True)
class _How:
    """Everything on the command line that does not shape the plan. `pending` is the exit code where there is work."""

    form: Format
    file: Path | None
    pending: int
    rows: int | None
    verbose: bool

    def view(self, out: Out) -> View:
        from reconcile.preview.heading import View  # noqa: PLC0415  start-up: --help needs no engine

        return View(verbose=self.verbose, keys=shown_rows(self.rows, out), values=tells_values(self.rows, out))


def _plan(asked: Asked, how: _How, out: Out) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli import github  # noqa: PLC0415
    from reconcile.cli.documents import errors_as_document  # noqa: PLC0415
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415
    from reconcile.model.facts import Sample  # noqa: PLC0415

    with errors_as_document(out, wanted=how.form is Format.JSON):
        sample = Sample(max(how.rows or 0, ROWS), tells_values(how.rows, out))
        planned = api.plan(asked.source(out), sample=sample, reporter=TerminalReporter(out, finished=False))
    out.live("")
    _show(planned, how, out)
    github.annotate(planned, out)
    if how.file is not None:
        _save(planned, how.file, out)
    return _status(planned.plan, how.pending)


def _show(planned: Planned, how: _How, out: Out) -> None:
    from reconcile.preview import text  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.values import heading  # noqa: PLC0415

    head = heading(planned)
    match how.form:
        case Format.TEXT:
            out.show(text.text(head, planned.plan, how.view(out)))
        case Format.JSON:
            from reconcile.preview import json  # noqa: PLC0415

            out.document(json.text(json.document(head, planned.plan)))
        case Format.MARKDOWN:
            from reconcile.preview import markdown  # noqa: PLC0415

            out.document(markdown.markdown(head, planned.plan, how.view(out)))
        case Format.SQL if planned.plan.blocked or planned.plan.wanting:
            out.tell(text.text(head, planned.plan, how.view(out)))
            out.tell("There is no script of a plan that may not run.")
        case Format.SQL:
            from reconcile.cli.scripted import script_of  # noqa: PLC0415

            out.document(script_of(planned))
        case _:
            assert_never(how.form)


def _save(planned: Planned, file: Path, out: Out) -> None:
    """Save a plan that can be applied; of another one there is nothing to save."""
    from reconcile.cli.shown import save  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.preview.paste import command  # noqa: PLC0415

    if planned.plan.blocked or planned.plan.is_empty:
        why = "it is blocked" if planned.plan.blocked else "there is nothing to do"
        out.tell(f"The plan was not saved: {why}.")
        return
    save(planned, file)
    out.tell(f"Saved. To apply it:  {command('apply', str(file))}")


def _status(plan: Plan, pending: int) -> int:
    if plan.blocked or plan.wanting:
        return BLOCKED
    return DONE if plan.is_empty else pending
