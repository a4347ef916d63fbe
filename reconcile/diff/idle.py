"""What was named with ``--drop`` and does not go: a typo must not look like a drop that is done."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.adopt import Dropping
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.create import Unreadable


def idle(dropping: Dropping, actual: Schema, target: Schema) -> Iterator[str]:
    """Say of each object that was named and stays, why it does."""
    for kind, object_ in sorted(dropping.objects):
        if not _has(actual, kind, object_):
            yield f"--drop {kind}:{object_} does nothing: there is no such {kind}"
        elif _has(target, kind, object_):
            yield f"--drop {kind}:{object_} does nothing: the schema file says that it stays"


def _has(schema: Schema, kind: str, object_: str) -> bool:
    if kind == "column":
        return any(object_ in _columns(entry) for entry in schema.of_kind(ObjectKind.TABLE))
    found = (entry for entry in schema.entries if entry.kind.value.removeprefix("virtual ") == kind)
    return any(entry.name.key == object_ for entry in found)


def _columns(entry: Entry) -> Iterator[str]:
    try:
        table = read_table(entry)
    except Unreadable:
        return
    yield from (f"{table.name.key}.{column.name.key}" for column in table.columns)
