"""What plan and check do, once their words are read. Nothing here knows typer; see `quick`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from reconcile.cli.asked import ROWS, Asked, shown_rows, tells_values
from reconcile.cli.exit import BLOCKED, DONE, PENDING
from reconcile.cli.out import Out

if TYPE_CHECKING:
    from reconcile.api import Planned
    from reconcile.plan.steps import Plan
    from reconcile.preview.heading import View


class Format(Enum):
    """What a plan can be written as."""

    TEXT = "text"
    JSON = "json"
    SQL = "sql"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class How:
    """Everything on the command line that does not shape the plan. `pending` is the exit code where there is work."""

    form: Format = Format.TEXT
    file: Path | None = None
    pending: int = DONE
    rows: int | None = None
    verbose: bool = False

    def view(self, out: Out) -> View:
        """Say how much of a plan is shown."""
        from reconcile.preview.heading import View  # noqa: PLC0415  start-up: --help needs no engine

        return View(verbose=self.verbose, keys=shown_rows(self.rows, out), values=tells_values(self.rows, out))


def planned(asked: Asked, how: How, out: Out) -> int:
    """Plan and show it; give the exit code."""
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli import github  # noqa: PLC0415
    from reconcile.cli.documents import errors_as_document  # noqa: PLC0415
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415
    from reconcile.model.facts import Sample  # noqa: PLC0415

    with errors_as_document(out, wanted=how.form is Format.JSON):
        sample = Sample(max(how.rows or 0, ROWS), tells_values(how.rows, out))
        found = api.plan(asked.source(out), sample=sample, reporter=TerminalReporter(out, finished=False))
    out.live("")
    _show(found, how, out)
    github.annotate(found, out)
    if how.file is not None:
        _save(found, how.file, out)
    return _status(found.plan, how.pending)


def checked(asked: Asked, out: Out, *, json: bool) -> int:
    """Plan, and say in one line whether anything is to be done; give the exit code."""
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.documents import errors_as_document  # noqa: PLC0415

    with errors_as_document(out, wanted=json):
        found = api.check(asked.source(out))
    from reconcile.preview import summary  # noqa: PLC0415
    from reconcile.values import heading  # noqa: PLC0415

    head = heading(found)
    if json:
        from reconcile.preview import json as documents  # noqa: PLC0415

        out.document(documents.text(documents.document(head, found.plan)))
    else:
        out.line(summary.in_one_line(head, found.plan))
    return DONE if found.plan.is_empty else PENDING


def _show(planned: Planned, how: How, out: Out) -> None:
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
