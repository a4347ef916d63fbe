"""reconcile history: what was applied, when, how long it took, and which backup was taken before."""

from __future__ import annotations

import json as documents
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli.arguments import Database, Json
from reconcile.cli.asked import Job, chosen
from reconcile.cli.documents import errors_as_document
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.errors import UsageError
from reconcile.preview.printable import printable, width
from reconcile.preview.units import duration

if TYPE_CHECKING:
    from reconcile.api import Version

ENDING = """\b
Exit codes: 0 done, 7 damaged database, 64 wrong usage or no such version, 66 no database
Example:    reconcile history store.db 2"""


def history(
    database: Database = None,
    number: Annotated[
        int | None, typer.Argument(metavar="N", min=1, show_default=False, help="Show only this version, in full.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> Job:
    """List what was applied to a database: version, time, duration, backup and description."""
    return partial(_history, database, number, json=json)


def _history(database: Path | None, number: int | None, out: Out, *, json: bool) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine

    with errors_as_document(out, wanted=json):
        path = chosen(database, out)
        versions = api.history(path, number)
        if number is not None and not versions:
            raise UsageError(f"there is no version {number} in the history", place=str(path))
    if json:
        out.document(documents.dumps(_document(path, versions), indent=2))
    elif not versions:
        out.line(f"{path} has no history: nothing was applied by reconcile yet.")
    elif number is not None:
        out.show("\n".join(_details(versions[0])))
    else:
        out.show("\n".join(_table(versions)))
    return DONE


def _document(path: Path, versions: tuple[Version, ...]) -> dict[str, object]:
    """Give the document of ``history --json``: every field of a `Version`, newest first."""
    return {"format_version": 1, "database": str(path), "versions": [asdict(version) for version in versions]}


def _table(versions: tuple[Version, ...]) -> list[str]:
    """Lay the versions out in columns as wide as they need to be, the description last."""
    rows = [[printable(cell) for cell in _cells(version)] for version in versions]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for row in rows:
        padded = [cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row) if widths[i]]
        lines.append("  ".join(padded).rstrip())
    return lines


def _cells(version: Version) -> list[str]:
    took = duration(version.duration) if version.duration is not None else ""
    undone = f"rolled back {version.rolled_back_at}" if version.rolled_back_at else ""
    return [f"#{version.number}", version.applied_at, took, version.backup or "", undone, version.description]


def _details(version: Version) -> list[str]:
    facts = [
        ("description", version.description),
        ("applied", version.applied_at),
        ("rolled back", version.rolled_back_at),
        ("took", duration(version.duration) if version.duration is not None else None),
        ("plan", version.plan_id),
        ("backup", version.backup),
        ("reconcile", version.reconcile_version),
        ("SQLite", version.sqlite_version),
    ]
    return [f"#{version.number}", *(f"  {label:<12} {printable(fact)}" for label, fact in facts if fact)]
