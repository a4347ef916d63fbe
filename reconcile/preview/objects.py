"""Words for whole objects: what a table, index, view or trigger is that comes, goes or changes."""

from __future__ import annotations

from typing import assert_never

from reconcile.model.pair import Pair
from reconcile.model.reading import read_body, read_index, read_table
from reconcile.model.schema import Entry, ObjectKind
from reconcile.preview.units import counted
from reconcile.sql.create import Unreadable
from reconcile.sql.text import one_line

_COLUMNS = 12  # columns of a new table that are named
_BODY = 90  # characters of a view's or a virtual table's text; all of it is in the file, and in --verbose


def object_text(entry: Entry) -> str:
    """Say in one line what an object is."""
    try:
        return _read(entry)
    except Unreadable:
        return f"{entry.kind.value}: {_clipped(one_line(entry.sql))}"


def replaced_text(entries: Pair[Entry]) -> str:
    """Say in one line what is other about an object that is made anew."""
    old, new = object_text(entries.old), object_text(entries.new)
    if old != new:
        return f"{old} -> {new}"
    spelled = entries.old.name.text != entries.new.name.text
    return f"{new}, spelled anew (was {entries.old.name})" if spelled else f"{new}, with another body"


def counted_kinds(entries: tuple[Entry, ...]) -> list[str]:
    """Count objects by kind: ``1 index``, ``2 triggers``."""
    kinds = [kind for kind in ObjectKind if any(entry.kind is kind for entry in entries)]
    return [_counted(kind, sum(entry.kind is kind for entry in entries)) for kind in kinds]


def _counted(kind: ObjectKind, number: int) -> str:
    return counted(number, kind.value, "indexes" if kind is ObjectKind.INDEX else None)


def _read(entry: Entry) -> str:
    match entry.kind:
        case ObjectKind.TABLE:
            return _table(entry)
        case ObjectKind.INDEX:
            index = read_index(entry)
            unique = "unique " if index.unique else ""
            return f"{unique}index on {index.table.sql} {one_line(index.text.tail.of(entry.sql))}"
        case ObjectKind.VIEW:
            body = read_body(entry)
            columns = f" ({', '.join(name.sql for name in body.columns)})" if body.columns else ""
            return f"view{columns}: {_clipped(one_line(body.text.body.of(entry.sql)))}"
        case ObjectKind.TRIGGER:
            body = read_body(entry)
            return f"trigger on {entry.table.sql}, {one_line(body.text.head_rest)}".rstrip(", ")
        case ObjectKind.VIRTUAL:
            return f"virtual table {_clipped(one_line(read_body(entry).text.body.of(entry.sql)))}"
        case _:
            assert_never(entry.kind)


def _table(entry: Entry) -> str:
    table = read_table(entry)
    options = [word for word, on in (("STRICT", table.strict), ("WITHOUT ROWID", table.without_rowid)) if on]
    names = [column.name.sql for column in table.columns]
    more = [f"{len(names) - _COLUMNS:,} more columns"] if len(names) > _COLUMNS + 1 else []
    return ", ".join([f"table: {', '.join(names[:_COLUMNS] if more else names)}", *more, *options])


def _clipped(text: str) -> str:
    return text if len(text) <= _BODY else f"{text[: _BODY - 1]}…"
