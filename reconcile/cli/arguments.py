"""Arguments and options that several commands share, each told once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from reconcile.cli import config
from reconcile.cli.out import Out

if TYPE_CHECKING:
    from reconcile.api import Source

Job: TypeAlias = Callable[[Out], int]
"""What a parsed command line comes to: it does the work and gives the exit code, and may raise any of our errors."""

Database: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="DB",
        show_default=False,
        help="The database file. Else RECONCILE_DATABASE, else database under [tool.reconcile] in pyproject.toml.",
    ),
]
Schema: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--schema",
        "-s",
        metavar="FILE",
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
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print a JSON document (with format_version) instead.")]

SCHEMA = Path("schema.yaml")


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything on a command line that shapes a plan."""

    database: Path | None
    schema: Path
    allow: list[str] | None = None
    drop: list[str] | None = None
    column_order: bool = False

    def source(self, out: Out) -> Source:
        """Give the source that is meant."""
        from reconcile.api import Source  # noqa: PLC0415  start-up: --help needs no engine

        database = chosen(self.database, out)
        return Source(database, self.schema, tuple(self.allow or ()), tuple(self.drop or ()), self.column_order)


def chosen(argument: Path | None, out: Out) -> Path:
    """Give the database that is meant."""
    return config.database(argument, out.environ, Path(os.path.abspath(".")))  # noqa: PTH100 - keeps links as they are
