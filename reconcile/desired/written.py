"""The formats in which a live schema can be written, one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from reconcile.desired.as_json import as_json
from reconcile.desired.as_sql import as_sql
from reconcile.desired.document import DEFAULT_HISTORY_TABLE
from reconcile.desired.dump import dump
from reconcile.desired.mermaid import mermaid
from reconcile.model.schema import Schema


def written(schema: Schema, form: str, history_table: str | None = None) -> str:
    """Write a schema; `history_table` is where its history stands, if it has one."""
    return _FORMATS[form](schema, history_table)


def _yaml(schema: Schema, history_table: str | None) -> str:
    return dump(schema, history_table=history_table if history_table != DEFAULT_HISTORY_TABLE else None)


_FORMATS: Final[dict[str, Callable[[Schema, str | None], str]]] = {
    "yaml": _yaml,
    "sql": lambda schema, _: as_sql(schema),
    "json": as_json,
    "mermaid": lambda schema, _: mermaid(schema),
}
