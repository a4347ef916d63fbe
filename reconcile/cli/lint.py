"""reconcile lint: what the schema file alone can tell to be a mistake, or a surprise."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli.asked import SCHEMA, Job
from reconcile.cli.exit import DONE, PENDING, pointed
from reconcile.cli.out import Out
from reconcile.preview.printable import printable

if TYPE_CHECKING:
    from reconcile.cli.linting import Placed

ENDING = """\b
Exit codes: 0 no errors, 2 errors, 64 wrong usage, 65 invalid schema file
Example:    reconcile lint schema.yaml --format github"""


class Format(Enum):
    """What findings can be written as."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def lint(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A schema.yaml or a .sql file.")] = SCHEMA,
    form: Annotated[Format, typer.Option("--format", help="How to write what is found.")] = Format.TEXT,
) -> Job:
    """Look for mistakes and surprises in a schema file, without a database. Nothing is written.

    An error cannot work, a warning is mostly a mistake, a note is worth knowing. docs/lint.md tells each code.
    """
    return partial(_lint, file, form)


def _lint(file: Path, form: Format, out: Out) -> int:
    from reconcile.cli import linting  # noqa: PLC0415  start-up: --help needs no engine

    placed = linting.linted(file)
    match form:
        case Format.TEXT:
            out.show("\n".join([*_told(placed), _last_line(file, linting.summary(placed))]))
        case Format.JSON:
            out.document(linting.as_json(file, placed))
        case Format.GITHUB:
            for line in linting.as_annotations(placed):
                out.line(line)
    return PENDING if any(each.finding.level.value == "error" for each in placed) else DONE


def _told(placed: tuple[Placed, ...]) -> Iterator[str]:
    for each in placed:
        problem, finding = each.problem, each.finding
        place = printable(f"{problem.file}:{problem.line}:{problem.column}")
        yield f"{place}: {finding.level.value}: {printable(finding.message)} [{finding.code}]"
        yield from pointed(problem.source, problem.column)
        yield f"  help: {printable(finding.advice)}"
        yield ""


def _last_line(file: Path, summary: str) -> str:
    name = printable(str(file))
    return f"{summary} in {name}." if summary else f"{name}: nothing to say."
