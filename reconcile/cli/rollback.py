"""reconcile rollback: undo the last version, with the data that it took away, or put its backup back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import config
from reconcile.cli.arguments import Allow, Database, Rows
from reconcile.cli.asked import ROWS, Job, backup_dir, chosen, from_here, hook, shown_rows, tells_values
from reconcile.cli.exit import BLOCKED, DONE
from reconcile.cli.out import Out
from reconcile.errors import BlockedError, ReconcileError, UsageError
from reconcile.preview.printable import printable

if TYPE_CHECKING:
    from reconcile.api import Outcome, Planned
    from reconcile.plan.steps import Hazard
    from reconcile.preview.heading import Heading

ENDING = """\b
Exit codes: 0 done, 1 failed, 3 blocked or consent missing, 4 stale, 5 busy, 6 verification failed,
            64 wrong usage or nothing to roll back, 66 no database
Example:    reconcile rollback store.db --allow drop-table:reviews"""


@dataclass(frozen=True, slots=True)
class _How:
    """Everything on the command line but the database."""

    to: int | None
    restore: bool
    yes: bool
    plan: str | None
    allow: tuple[str, ...]
    message: str | None
    wait: str
    backup: bool
    rows: int | None
    verbose: bool


def rollback(  # noqa: PLR0913, PLR0917 - a command's options
    database: Database = None,
    to: Annotated[
        int | None,
        typer.Option("--to", metavar="N", show_default=False, help="Go back to version N; else one version back."),
    ] = None,
    keep_data: Annotated[bool, typer.Option("--keep-data", help="Keep what was written since (the default).")] = False,  # noqa: FBT002
    restore: Annotated[bool, typer.Option("--restore", help="The file exactly as it was, from the backup.")] = False,  # noqa: FBT002
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", show_default=False, help="Describe it, for the history."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for plans that lose nothing.")] = False,  # noqa: FBT002
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="ID", show_default=False, help="Only if this very plan comes out.")
    ] = None,
    allow: Allow = None,
    wait: Annotated[str, typer.Option("--wait", metavar="TIME", help="How long to wait for a lock.")] = "30s",
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Take no backup before going back.")] = False,  # noqa: FBT002
    rows: Rows = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the SQL of each step.")] = False,  # noqa: FBT002
) -> Job:
    """Undo the last version: the schema as it was, and the data that the version took away or converted.

    The way back is a plan like any other: shown, proven, recorded, and it can be rolled back itself. Dropped columns
    and tables come back with their values from the backup, rows that were written since stay. With --restore the file
    becomes exactly what it was; what was written since is counted first, and saved aside.
    """
    if keep_data and restore:
        raise UsageError("--keep-data and --restore exclude each other", hint="leave one of them out")
    how = _How(to, restore, yes, plan, tuple(allow or ()), message, wait, not no_backup, rows, verbose)
    return partial(_rollback, database, how)


def _rollback(database: Path | None, how: _How, out: Out) -> int:
    path = chosen(database, out)
    if how.restore:
        return _restore(path, how, out)
    return _one_back(path, how, out) if how.to is None else _many_back(path, how, how.to, out)


def _many_back(path: Path, how: _How, to: int, out: Out) -> int:
    """Undo one version after the other, and say at each which one it is, and where a refusal leaves the database."""
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.rollback import versions_above  # noqa: PLC0415

    versions = api.after_settling(lambda: versions_above(path, to), path)
    if not versions:
        raise UsageError(f"the database is at #{_at(path)} already", hint="reconcile history tells what was applied")
    first: Path | None = None
    for place, version in enumerate(versions):
        if len(versions) > 1:
            out.show(f"Step {place + 1} of {len(versions)}: undo #{version}")
        how = how if place == 0 else replace(how, plan=None)  # an id is that of one plan
        try:
            done = _undone(path, how, out)
        except ReconcileError:
            _stopped(place, versions, out)
            raise
        if done is None:
            _stopped(place, versions, out)
            return BLOCKED
        first = done.backup if place == 0 else first
        if len(versions) > 1:
            out.show("")
    if len(versions) > 1:
        undo = f"     Undo all of it:  {_restore_line(path, first)}" if first is not None else ""
        out.show(f"Back at #{to}, in {len(versions)} steps.{undo}")
    return DONE


def _stopped(place: int, versions: tuple[int, ...], out: Out) -> None:
    """Say that the earlier steps are done: whoever reads only the refusal would think that nothing happened."""
    if place:
        undone = ", ".join(f"#{version}" for version in versions[:place])
        out.tell(f"Nothing was changed by this step. Undone already: {undone}. It stands at #{versions[place]} now.")


def _restore_line(path: Path, backup: Path) -> str:
    from reconcile.preview.paste import command  # noqa: PLC0415

    return printable(command("restore", str(path), str(from_here(backup))))


def _at(path: Path) -> int:
    """Give the version whose state the database is in: the newest that is not rolled back and is no way back."""
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine

    return api.standing_at(path)


def _one_back(path: Path, how: _How, out: Out) -> int:
    return DONE if _undone(path, how, out) is not None else BLOCKED


def _undone(path: Path, how: _How, out: Out) -> Outcome | None:
    """Undo one version; None where consent is missing, and that was said."""
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli import consent  # noqa: PLC0415
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415
    from reconcile.model.facts import Sample  # noqa: PLC0415

    if not how.backup:
        out.tell("note: NO BACKUP is taken (--no-backup): what goes now cannot be brought back")
    options = api.ApplyOptions(
        message=how.message,
        yes=True,
        plan_id=how.plan,
        wait=config.duration(how.wait),
        backup=how.backup,
        backup_dir=backup_dir(None),
    )
    if how.plan is None:
        sample = Sample(max(how.rows or 0, ROWS), tells_values(how.rows, out))

        def read() -> Planned:
            further = how.to is not None
            return api.plan_rollback(path, allow=how.allow, over_rollbacks=further, sample=sample, prepare=hook())

        planned = api.after_settling(read, path, prepare=hook())
        match consent.standing(planned.plan, yes=how.yes, can_ask=out.is_interactive):
            case consent.Standing.MISSING:
                _show(planned, how, out, missing=True)
                if not (planned.plan.blocked or planned.plan.wanting):
                    out.tell("error: nobody can be asked here, and nothing was changed")
                    out.tell("  help: without a terminal rollback needs --yes, --plan or a complete --allow")
                return None
            case consent.Standing.OPEN:
                _show(planned, how, out, missing=False)
                if not consent.asked(planned.plan, out):
                    out.tell("Nothing was changed.")
                    return None
                options = replace(options, plan_id=planned.plan.id)
            case consent.Standing.GIVEN:
                _show(planned, how, out, missing=False)
    try:
        reporter = TerminalReporter(out)
        back_further = how.to is not None
        outcome = api.rollback(
            path, options, allow=how.allow, over_rollbacks=back_further, prepare=hook(), reporter=reporter
        )
    except BlockedError as error:
        if isinstance(error.plan, api.Planned):
            _show(error.plan, how, out, missing=True)
            return None
        raise
    out.live("")
    for note in outcome.notes:
        out.tell(f"note: {printable(note)}")
    out.show(_outcome_text(outcome, path, last=how.to is None))
    return outcome


def _outcome_text(outcome: Outcome, path: Path, *, last: bool) -> str:
    """Say what is there again, as which version, and the way forth; `last`: nothing comes after this step."""
    from reconcile.preview.paste import command  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.preview.units import duration  # noqa: PLC0415

    line = f"Applied #{outcome.version} in {duration(outcome.seconds)}: {outcome.planned.source.schema} is back. "
    line += f"Writers waited {duration(outcome.lock_seconds)}."
    if outcome.backup is not None and last:
        line += f"     Undo:  {printable(command('rollback', str(path)))}"
    return line


def _show(planned: Planned, how: _How, out: Out, *, missing: bool) -> None:
    from reconcile.preview import text  # noqa: PLC0415
    from reconcile.preview.heading import Purpose, View  # noqa: PLC0415

    view = View(
        Purpose.PLAN if missing else Purpose.APPLY, how.verbose, shown_rows(how.rows, out), tells_values(how.rows, out)
    )
    plan = replace(planned.plan, hazards=tuple(_on_the_way_back(each, planned) for each in planned.plan.hazards))
    shown = text.text(_heading(planned, how), plan, view)
    out.show("\n".join(line.rstrip() for line in shown.split("\n")))


def _on_the_way_back(hazard: Hazard, planned: Planned) -> Hazard:
    """Leave out the advice that only helps who writes a schema file: nobody can edit the remembered one."""
    from reconcile.plan.restoration import SCHEMA  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.plan.steps import Severity  # noqa: PLC0415
    from reconcile.preview.paste import command  # noqa: PLC0415

    if hazard.severity is not Severity.BLOCKED:
        return replace(hazard, ways=())
    line = command("rollback", str(planned.source.database), "--restore")
    change = "Change these rows, and roll back again."
    if hazard.code == "orphans" and hazard.query and hazard.query.startswith(f"SELECT * FROM {SCHEMA}."):
        change = "These rows are in the backup: insert the rows that they point to, and roll back again."
    ways = (change,) if hazard.query else ()
    saved = "Or put the file back as it was; what was written since is counted first, and saved aside:"
    return replace(hazard, ways=(*ways, saved, line))


def _heading(planned: Planned, how: _How) -> Heading:
    from reconcile.cli.shown import heading  # noqa: PLC0415

    words = ["--to", str(how.to)] if how.to is not None else []
    for allowed in how.allow:
        words += ["--allow", allowed]
    return replace(heading(planned), verb="rollback", options=tuple(words))


def _restore(path: Path, how: _How, out: Out) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine
    from reconcile.cli.progress import TerminalReporter  # noqa: PLC0415
    from reconcile.preview.paste import command  # noqa: PLC0415

    way = api.after_settling(lambda: api.restorable(path, how.to), path)
    out.show(printable(f"{path}: back to exactly what it was before #{way.version}, from {way.backup.name}"))
    for each in way.written:
        counts = f"{each.inserted:,} inserted, {each.changed:,} changed, {each.deleted:,} deleted since"
        out.show(f"  - {printable(each.table)}   {counts}")
    if way.written and not how.yes:
        if not out.is_interactive:
            out.tell("error: what was written since would go, and nobody can be asked here; nothing was changed")
            line = command("rollback", str(path), "--restore", "--yes")
            out.tell(f"  help: it is saved aside first; if it may go:   {printable(line)}")
            return BLOCKED
        if (
            out.ask("What was written since goes (it is saved aside first). Type the word restore to go on: ")
            != "restore"
        ):
            out.tell("Nothing was changed.")
            return BLOCKED
    reporter = TerminalReporter(out, finished=False)
    done = api.restore_version(path, way, wait=config.duration(how.wait), reporter=reporter)
    out.live("")
    if done.safety is not None:
        undo = command("restore", str(path), str(from_here(done.safety)))
        out.show(f"Restored. What was there is kept.     Undo:  {printable(undo)}")
    return DONE
