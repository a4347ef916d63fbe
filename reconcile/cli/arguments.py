"""Arguments and options that several commands share, each told once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from reconcile.cli import config
from reconcile.cli.out import Out

if TYPE_CHECKING:
    from reconcile.database.connection import Prepare
    from reconcile.values import Source

Job: TypeAlias = Callable[[Out], int]
"""What a parsed command line comes to: it does the work and gives the exit code, and may raise any of our errors."""


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


class Method(Enum):
    """How tables are changed where ALTER cannot."""

    REBUILD = "rebuild"


HowChanged: TypeAlias = Annotated[
    Method | None,
    typer.Option(
        "--method", metavar="rebuild", show_default=False, help="Rebuild tables where the catalog would be edited."
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print a JSON document (with format_version) instead.")]

SCHEMA = Path("schema.yaml")
ROWS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything on a command line that shapes a plan."""

    database: Path | None
    schema: Path
    allow: list[str] | None = None
    drop: list[str] | None = None
    column_order: bool = False
    method: Method | None = None

    def source(self, out: Out) -> Source:
        """Give the source that is meant."""
        from reconcile.values import Source  # noqa: PLC0415  start-up: --help needs no engine

        allow, drop = tuple(self.allow or ()), tuple(self.drop or ())
        rebuilds = self.method is Method.REBUILD
        return Source(chosen(self.database, out), self.schema, allow, drop, self.column_order, rebuilds, hook())


def here() -> Path:
    """Give the folder that the user stands in, with its links as they are."""
    return Path(os.path.abspath("."))  # noqa: PTH100


def chosen(argument: Path | None, out: Out) -> Path:
    """Give the database that is meant. What stands wrong in the configuration is told, whether it is needed or not."""
    config.settings(here())
    return config.database(argument, out.environ, here())


def shown_rows(asked: int | None, out: Out) -> int:
    """Give how many keys are shown. What CI prints is kept, and read by many: there nobody gets more than usual."""
    return ROWS if asked is None else min(asked, ROWS) if out.environ.get("CI") else asked


def tells_values(asked: int | None, out: Out) -> bool:
    """Say whether values are shown: to who asks for rows, and never where what is printed is kept."""
    return asked is not None and not out.environ.get("CI")


def hook() -> Prepare | None:
    """Give the application's own `prepare` for every connection, where it is configured."""
    return config.prepare(config.settings(here()))


def backup_dir(argument: Path | None) -> Path | None:
    """Give the folder for backups: the option, else ``[tool.reconcile]``; None for ``backups`` beside the database."""
    return argument or config.settings(here()).backup_dir


def kept(argument: int | None) -> int | None:
    """Give how many backups are kept: the option, else ``[tool.reconcile]``; None for all."""
    return argument or config.settings(here()).keep
