"""Schema -> schema.yaml, as a person would write it: this is how a database that exists is taken over.

What is written is read again at once, each table with all that belongs to it: a table that its parts do not give back
is written as the whole statement, and what cannot be given back at all is refused by name. Nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from reconcile.desired.document import DEFAULT_HISTORY_TABLE
from reconcile.desired.emit import Flow, Value, entry
from reconcile.desired.parts import read_or_none, table_value, view_value
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.sql.names import Name, fold


def dump(schema: Schema, *, history_table: str | None = None, ignore: Iterable[str] = ()) -> str:
    """Write a live schema as schema.yaml, without what is ignored or is the history's."""
    globs = tuple(ignore)
    history = history_table or DEFAULT_HISTORY_TABLE
    nobodys = {fold(history), fold(history) + "_reconcile"}
    entries = [e for e in schema.entries if e.name.key not in nobodys and not _ignored(e.name, globs)]
    owned: dict[str, list[Entry]] = {}
    for one in entries:
        if not one.kind.is_relation:
            owned.setdefault(one.table.key, []).append(one)
    tables = [e for e in entries if e.kind in (ObjectKind.TABLE, ObjectKind.VIRTUAL)]
    views = [e for e in entries if e.kind is ObjectKind.VIEW]
    strict = _all_strict(tables)
    top = ["version: 1", *(["strict: true"] if strict else [])]
    written = [_lines(table, table_value(table, owned.get(table.name.key, []), strict=strict)) for table in tables]
    out = [*top, *_section("tables", written)]
    shown = [_lines(view, view_value(view, owned.get(view.name.key, []))) for view in views]
    out += _section("views", shown, gap=False)
    if globs or history != DEFAULT_HISTORY_TABLE:
        out.append("")
    if globs:
        out += entry("ignore", Flow(globs), 0)
    if history != DEFAULT_HISTORY_TABLE:
        out += entry("history_table", history, 0)
    return "\n".join(out) + "\n"


def _ignored(called: Name, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(called.key, fold(glob)) for glob in globs)


def _all_strict(tables: list[Entry]) -> bool:
    ordinary = [table for table in tables if table.kind is ObjectKind.TABLE]
    read_ones = [read_or_none(table) for table in ordinary]
    return bool(ordinary) and all(table is not None and table.strict for table in read_ones)


def _section(title: str, blocks: list[list[str]], *, gap: bool = True) -> Iterator[str]:
    """Yield a section; `gap` puts an empty line between its entries."""
    if not blocks:
        return
    yield ""
    yield f"{title}:"
    for place, block in enumerate(blocks):
        if place and gap:
            yield ""
        yield from block


def _lines(one: Entry, value: Value) -> list[str]:
    return list(entry(one.name.text, value, 2))
