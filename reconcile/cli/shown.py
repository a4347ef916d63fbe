"""What a command shows or writes of what the verbs gave: outcomes as text and as a document, and saved plans."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reconcile.api import Outcome, Planned, Source
from reconcile.cli.asked import SCHEMA
from reconcile.errors import UsageError
from reconcile.preview import json, saved, summary
from reconcile.preview.paste import command
from reconcile.preview.printable import printable
from reconcile.preview.units import duration
from reconcile.values import heading
from reconcile.version import VERSION

__all__ = ["heading", "options", "outcome_document", "outcome_text", "save"]


def options(source: Source) -> tuple[str, ...]:
    """Give every argument that shaped a plan, so that the same plan comes out again."""
    return source.options


def outcome_text(outcome: Outcome) -> str:
    """Say what was done, how long writers waited, and the way back."""
    planned = outcome.planned
    if planned.plan.is_empty:
        in_sync = printable(summary.in_one_line(heading(planned), planned.plan))
        if outcome.version is None:
            return in_sync
        what = "the starting point" if planned.at is None else "what the schema file manages now"
        return f"{in_sync}\nRecorded #{outcome.version}: {what}."
    line = f"Applied #{outcome.version} in {duration(outcome.seconds)}. "
    line += f"Writers waited {duration(outcome.lock_seconds)}."
    if outcome.backup is not None:
        undo = command("rollback", str(planned.source.database))
        line += f"     Undo:  {printable(undo)}"
    return line


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """Give the document of ``apply --json``.

    `status` is ``applied``, ``recorded`` (in sync, and that is in the history now) or ``in-sync``; `version` is the
    history's, or null where nothing was recorded; `backup` is a path or null; times are in seconds; `plan` is the
    document of ``plan --format json`` as it was before.
    """
    planned = outcome.planned
    done = "recorded" if outcome.version is not None else "in-sync"
    return {
        "format_version": json.FORMAT_VERSION,
        "status": done if planned.plan.is_empty else "applied",
        "database": str(planned.source.database),
        "version": outcome.version,
        "backup": str(outcome.backup) if outcome.backup is not None else None,
        "seconds": round(outcome.seconds, 3),
        "lock_seconds": round(outcome.lock_seconds, 3),
        "notes": list(outcome.notes),
        "plan": json.document(heading(planned), planned.plan),
    }


def save(planned: Planned, file: Path) -> None:
    """Save a plan as a file that only its owner reads. Only a plan that was saved before is overwritten."""
    source, folder = planned.source, file.absolute().parent
    making = saved.Making(
        database=os.path.relpath(source.database.absolute(), folder),
        schema=os.path.relpath(source.schema.absolute(), folder),
        options=replace(source, schema=SCHEMA).options,
        created_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        reconcile_version=VERSION,
    )
    if file.exists() and not _is_saved_plan(file):
        raise UsageError("there is a file of that name already", place=str(file), hint="name another one")
    content = saved.written(saved.document(heading(planned), planned.plan, making))
    descriptor, made = tempfile.mkstemp(dir=folder, prefix=f".{file.name}.")  # it is born with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(content)
        Path(made).replace(file)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _is_saved_plan(file: Path) -> bool:
    try:
        saved.read(file.read_text(encoding="utf-8"), str(file))
    except (UsageError, UnicodeDecodeError, OSError):
        return False
    return True
