"""Faults that a schema has, and that nobody asked to mend: told once, and no reason to stop."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.model.reading import read_table
from reconcile.model.schema import ObjectKind, Schema
from reconcile.model.table import ForeignKey
from reconcile.sql.create import Unreadable
from reconcile.sql.mentions import referenced


def dangling(schema: Schema) -> Iterator[str]:
    """Yield the foreign keys that point to a table that is not there; SQLite notices only when a row is written."""
    relations = frozenset(entry.name.key for entry in schema.entries if entry.kind.is_relation)
    for entry in schema.of_kind(ObjectKind.TABLE):
        parents = referenced(entry.sql)
        if parents is not None and parents <= relations:
            continue  # reading every table of a large schema would cost more than the plan
        try:
            table = read_table(entry)
        except Unreadable:
            continue
        for key in table.constraints:
            if isinstance(key, ForeignKey) and schema.relation(key.table) is None:
                columns = ", ".join(column.text for column in key.columns)
                yield f"{table.name} ({columns}) references {key.table}, which does not exist"
