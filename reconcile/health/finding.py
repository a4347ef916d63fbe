"""What a health check looks at, and what it finds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from reconcile.health.limits import Limits
from reconcile.model.schema import Schema
from reconcile.plan.steps import Plan
from reconcile.preview.heading import Heading
from reconcile.sql.names import Name


class Level(Enum):
    """How bad a finding is: the file is damaged, something should be done, or it is worth knowing."""

    DAMAGE = "damage"
    PROBLEM = "problem"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `count` are rows or things (None: not counted), `query` finds them all.

    `advice` is what to do; no part of it holds a value of a row.
    """

    code: str
    level: Level
    object: str
    message: str
    advice: str
    count: int | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """How many rows a table has, and in which columns some of them hold no value."""

    table: Name
    rows: int
    nulls: tuple[tuple[Name, int], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What one check saw. `says` is what was looked at, in a few words; `tables` what it counted."""

    says: str
    findings: tuple[Finding, ...] = ()
    tables: tuple[Contents, ...] = ()


@dataclass(frozen=True, slots=True)
class Copies:
    """The backups of a database, oldest first, and those that the history names and that are not there: by version."""

    files: tuple[Path, ...]
    gone: tuple[tuple[int, Path], ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A database in a reading transaction, with everything that the checks look at.

    `database` is as the user calls it; `schema` is what is live, without the history and what is ignored; `planned`
    plans, for what differs from the schema file. `alone` opens a further connection, for a check that changes what its
    connection knows.
    """

    database: str
    connection: sqlite3.Connection
    alone: Callable[[], sqlite3.Connection]
    schema: Schema
    planned: Callable[[], tuple[Heading, Plan]]
    limits: Limits
    copies: Copies


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `reads_rows` says that it cannot be trusted once the file is damaged."""

    name: str
    look: Callable[[Subject], Result]
    reads_rows: bool = True
