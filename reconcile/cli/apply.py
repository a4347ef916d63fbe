"""reconcile apply: do exactly what the plan shows, with a backup before and a proof after."""

from __future__ import annotations

import json as documents
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import config
from reconcile.cli.arguments import Allow, ColumnOrder, Database, Drop, HowChanged, Json, Schema
from reconcile.cli.asked import SCHEMA, Asked, Job, Method, here
from reconcile.cli.asked import backup_dir as configured_dir
from reconcile.cli.asked import kept as configured_keep
from reconcile.cli.exit import BLOCKED, DONE, as_document
from reconcile.cli.out import Out
from reconcile.errors import BlockedError, ReconcileError, UsageError
from reconcile.preview.printable import printable

if TYPE_CHECKING:
    from reconcile.api import ApplyOptions, Outcome, Planned, Source
    from reconcile.preview.saved import Origin

ENDING = """\b
Exit codes: 0 done or nothing to do, 1 failed, 3 blocked or consent missing, 4 stale, 5 busy,
            6 verification failed, 7 damaged database, 64 wrong usage, 65 invalid schema file,
            66 no database, 130 interrupted
Example:    reconcile apply store.db --plan 7c1e-a40b -m Prices"""


def apply(  # noqa: PLR0913, PLR0917 - a command's options
    database: Database = None,
    schema: Schema = SCHEMA,
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", show_default=False, help="Describe the change, for history."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for plans that lose nothing.")] = False,  # noqa: FBT002
    plan: Annotated[
        str | None,
        typer.Option("--plan", metavar="ID", show_default=False, help="Apply only if this very plan comes out again."),
    ] = None,
    allow: Allow = None,
    drop: Drop = None,
    column_order: ColumnOrder = False,  # noqa: FBT002
    method: HowChanged = None,
    wait: Annotated[str, typer.Option("--wait", metavar="TIME", help="How long to wait for a lock.")] = "30s",
    create: Annotated[bool, typer.Option("--create", help="Create the database if it is missing.")] = False,  # noqa: FBT002
    backup_dir: Annotated[
        Path | None,
        typer.Option(
            "--backup-dir", metavar="DIR", show_default=False, help="Where backups go. Else backups/ beside DB."
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=1, show_default=False, help="Keep the newest N backups, delete older."),
    ] = None,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Take no backup. There is no way back then.")] = False,  # noqa: FBT002
    integrity: Annotated[  # noqa: FBT002
        bool, typer.Option("--integrity", help="Check every page and index too, before and after: some 30 s per GB.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what went wrong.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> Job:
    """Change the database to what the schema file says: all of it, proven, or nothing.

    The plan is shown and you are asked; what would be lost must be confirmed by name. Without a terminal apply needs
    --yes, --plan or a complete --allow. A backup is taken before the first write, every kept value is compared before
    the commit, and the change is recorded in the history.
    """
    if quiet and json:
        raise UsageError("--quiet and --json exclude each other", hint="leave one of them out")
    asked = Asked(database, schema, allow, drop, column_order, method)
    how = _How(message, yes, plan, wait, create, not no_backup, backup_dir, keep, quiet, json, integrity)
    return partial(_apply, asked, how)


@dataclass(frozen=True, slots=True)
class _How:
    """Everything on the command line that does not shape the plan."""

    message: str | None
    yes: bool
    plan: str | None
    wait: str
    create: bool
    backup: bool
    backup_dir: Path | None
    keep: int | None
    quiet: bool
    json: bool
    integrity: bool = False
    saved: Origin | None = None

    @property
    def speaks(self) -> bool:
        return not (self.quiet or self.json)

    def options(self, *, yes: bool, plan_id: str | None) -> ApplyOptions:
        from reconcile.api import ApplyOptions  # noqa: PLC0415  start-up: --help needs no engine

        return ApplyOptions(
            message=self.message,
            yes=yes,
            plan_id=plan_id,
            wait=config.duration(self.wait),
            create=self.create,
            backup=self.backup,
            backup_dir=configured_dir(self.backup_dir),
            keep=configured_keep(self.keep),
            window=config.settings(here()).window,
            saved=self.saved,
            integrity=self.integrity,
        )


def _apply(asked: Asked, how: _How, out: Out) -> int:
    try:
        if asked.database is not None and asked.database.suffix == ".json":
            asked, how = _saved(asked.database, how)
        outcome = _done(asked.source(out), how, out)
    except BlockedError as error:
        return _blocked(error, how, out)
    except ReconcileError as error:
        if how.json:
            out.document(documents.dumps(as_document(error), indent=2))
        raise
    if outcome is None:
        return BLOCKED
    _tell(outcome, how, out)
    return DONE


def _saved(file: Path, how: _How) -> tuple[Asked, _How]:
    """Read a saved plan: what it was made from is planned again, and its id must come out."""
    from reconcile.preview import saved  # noqa: PLC0415  start-up: --help needs no engine

    try:
        source = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the saved plan cannot be read: {error}", place=str(file)) from error
    document, plan = saved.read(source, str(file))
    if how.plan not in (None, plan.plan_id):
        raise UsageError(f"--plan {how.plan} is not the plan in {file}, which is {plan.plan_id}")
    folder, words = file.parent, iter(plan.options)
    allow: list[str] = []
    drop: list[str] = []
    column_order, method = False, None
    for word in words:
        column_order = column_order or word == "--column-order"
        method = Method.REBUILD if word == "--method" else method
        if word in ("--allow", "--drop"):
            (allow if word == "--allow" else drop).append(next(words, ""))
    asked = Asked(folder / plan.database, folder / plan.schema, allow, drop, column_order, method)
    return asked, replace(how, plan=plan.plan_id, saved=saved.origin(document))


def _done(source: Source, how: _How, out: Out) -> Outcome | None:
    """Apply; None where consent is missing, and that was said."""
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli import consent  # noqa: PLC0415
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415

    reporter = TerminalReporter(out, finished=how.speaks)
    if not (how.backup or how.quiet):
        out.tell("note: NO BACKUP is taken (--no-backup): there is no way back from this apply")
    if how.plan is not None:
        return api.apply(source, how.options(yes=how.yes, plan_id=how.plan), reporter=reporter)
    options = how.options(yes=True, plan_id=None)
    if how.create and not source.database.exists():
        if not (how.yes or (how.speaks and consent.to_create(source, out))):
            consent.refuse_unasked(source, out)
            return None
        return api.apply(source, options, reporter=reporter)
    reading = TerminalReporter(out, finished=False)
    planned = api.after_settling(lambda: api.plan(source, reporter=reading), source.database, prepare=source.prepare)
    match consent.standing(planned.plan, yes=how.yes, can_ask=how.speaks and out.is_interactive):
        case consent.Standing.GIVEN:
            if not planned.plan.is_empty:
                _show(planned, how, out, missing=False)
        case consent.Standing.OPEN:
            _show(planned, how, out, missing=False)
            if not consent.asked(planned.plan, out):
                out.tell("Nothing was changed.")
                return None
            # What was answered is this plan and no other, should the database change meanwhile.
            options = how.options(yes=True, plan_id=planned.plan.id)
        case consent.Standing.MISSING:
            _show(planned, how, out, missing=True)
            consent.refuse(planned, out)
            return None
    return api.apply(source, options, reporter=reporter)


def _blocked(error: BlockedError, how: _How, out: Out) -> int:
    """Show the plan that api.apply refused inside its lock."""
    from reconcile.api import Planned  # noqa: PLC0415

    if not isinstance(error.plan, Planned):
        raise error
    _show(error.plan, how, out, missing=True)
    if not (error.plan.plan.blocked or error.plan.plan.wanting):
        raise error
    return BLOCKED


def _show(planned: Planned, how: _How, out: Out, *, missing: bool) -> None:
    """Show the plan: as a document only where it is the result, which it is if nothing comes after it."""
    from reconcile.cli import github  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.shown import heading  # noqa: PLC0415
    from reconcile.preview import json, text  # noqa: PLC0415
    from reconcile.preview.heading import Purpose, View  # noqa: PLC0415

    out.live("")
    if missing:
        github.annotate(planned, out)
    if how.json:
        if missing:
            out.document(json.text(json.document(heading(planned), planned.plan)))
    elif missing or not how.quiet:
        view = View(Purpose.PLAN if missing else Purpose.APPLY)
        out.show(text.text(heading(planned), planned.plan, view) + ("" if missing else "\n"))


def _tell(outcome: Outcome, how: _How, out: Out) -> None:
    from reconcile.cli.shown import outcome_document, outcome_text  # noqa: PLC0415

    out.live("")
    for note in outcome.notes:
        if not how.quiet:
            out.tell(f"note: {printable(note)}")
    if how.json:
        out.document(documents.dumps(outcome_document(outcome), indent=2))
    elif not how.quiet:
        out.show(outcome_text(outcome))
