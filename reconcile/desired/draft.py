"""Draft: what a schema file declares, as SQL text with its origins, before SQLite has said what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconcile.errors import Problem
from reconcile.model.hints import Hints
from reconcile.model.schema import ObjectKind
from reconcile.sql.names import Name


@dataclass(frozen=True, slots=True)
class Fragment:
    """One CREATE statement, with the name that it must create.

    `columns` and `constraints` are what was declared (None: verbatim SQL, nothing to compare): the object read back
    must have exactly these columns and this many constraints, or a fragment has smuggled something in.
    `blame` makes a `Problem` of a message, at the place in the file that this object comes from.
    """

    kind: ObjectKind
    name: Name
    table: Name
    sql: str
    columns: tuple[Name, ...] | None
    constraints: int | None
    blame: Callable[[str], Problem]


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole schema file, declared. `digest` is the SHA-256 of the file's bytes, in hexadecimal."""

    fragments: tuple[Fragment, ...]
    hints: Hints
    ignore: tuple[str, ...]
    history_table: Name
    file: str
    digest: str
