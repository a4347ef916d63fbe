"""What several commands are asked, once their words are read: which database, which schema file, which consent.

Nothing here knows typer: the plain form of a command is read without it (see `quick`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reconcile.cli import config
from reconcile.cli.out import Out

if TYPE_CHECKING:
    from reconcile.database.connection import Prepare
    from reconcile.values import Source

Job: TypeAlias = Callable[[Out], int]
"""What a parsed command line comes to: it does the work and gives the exit code, and may raise any of our errors."""


SCHEMA = Path("schema.yaml")
ROWS = 5


class Method(Enum):
    """How tables are changed where ALTER cannot."""

    REBUILD = "rebuild"


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


def from_here(path: Path) -> Path:
    """Shorten a path to how it looks from the folder that the user stands in."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path


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
