"""reconcile inspect: the live schema as schema.yaml."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli.arguments import Database, Job, chosen
from reconcile.cli.exit import DONE
from reconcile.cli.out import Out
from reconcile.errors import UsageError
from reconcile.preview.printable import printable

ENDING = """\b
Exit codes: 0 done, 7 damaged database, 64 wrong usage, 66 no database
Example:    reconcile inspect store.db -o schema.yaml"""


class Format(Enum):
    """What a live schema can be written as."""

    YAML = "yaml"
    SQL = "sql"
    JSON = "json"


def inspect(
    database: Database = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", show_default=False, help="Write to this new file."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.YAML,
) -> Job:
    """Print the live schema as schema.yaml: this is how an existing database is taken over.

    Nothing is written to the database. A file that exists is never overwritten. Afterwards, reconcile plan has
    nothing to do.
    """
    return partial(_inspect, database, output, form)


def _inspect(database: Path | None, output: Path | None, form: Format, out: Out) -> int:
    from reconcile import api  # noqa: PLC0415  start-up: --help needs no engine

    path = chosen(database, out)
    if output is not None and output.exists():
        raise _exists(output)
    text = api.inspect(path, format=form.value)
    if output is None:
        out.document(text)
        return DONE
    try:
        with output.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text if text.endswith("\n") else f"{text}\n")
    except FileExistsError as error:
        raise _exists(output) from error
    out.line(f"Wrote {output}.")
    out.tell(f"Next:  {_next(path, output)}")
    return DONE


def _next(database: Path, output: Path) -> str:
    from reconcile.cli.arguments import SCHEMA  # noqa: PLC0415
    from reconcile.preview.paste import command  # noqa: PLC0415

    words = [] if output == SCHEMA else ["--schema", str(output)]
    return printable(command("plan", str(database), *words))


def _exists(output: Path) -> UsageError:
    return UsageError("there is a file of that name already", place=str(output), hint="move it, or name another one")
