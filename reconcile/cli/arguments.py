"""Arguments and options that several commands share, as typer reads them, each told once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from reconcile.cli import config
from reconcile.cli.asked import Method, here


def _schema(context: typer.Context, parameter: typer.CallbackParam, value: Path) -> Path:
    """Give what is configured where the command line names no schema file; a shell that completes gets the default."""
    source = context.get_parameter_source(parameter.name or "")
    if context.resilient_parsing or source is None or source.name != "DEFAULT":
        return value
    return config.schema(value, os.environ, here())


Database: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="DB",
        show_default=False,
        readable=False,  # not asked here: a file that may not be read is no wrong usage
        help="The database file. Else RECONCILE_DATABASE, else database under [tool.reconcile] in pyproject.toml.",
    ),
]
Schema: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--schema",
        "-s",
        metavar="FILE",
        readable=False,
        callback=_schema,
        help="What the schema should be: schema.yaml, CREATE statements in .sql, a .db.",
    ),
]
Allow: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="CODE:OBJECT",
        show_default=False,
        help="Consent to one loss by name, e.g. drop-column:products.legacy_code. May be repeated.",
    ),
]
Drop: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--drop",
        metavar="KIND:OBJECT",
        show_default=False,
        help="Drop something that nobody manages, e.g. column:products.old, and consent to it. May be repeated.",
    ),
]
ColumnOrder: TypeAlias = Annotated[
    bool,
    typer.Option("--column-order", help="Put columns in the file's order, at the price of a rebuild."),
]
Rows: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--rows",
        metavar="N",
        min=0,
        show_default=False,
        help="Show up to N of the rows in the way, with their values. Else 5 of their keys.",
    ),
]


HowChanged: TypeAlias = Annotated[
    Method | None,
    typer.Option(
        "--method", metavar="rebuild", show_default=False, help="Rebuild tables where the catalog would be edited."
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print a JSON document (with format_version) instead.")]
