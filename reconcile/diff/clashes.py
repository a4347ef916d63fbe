"""One name for two things: SQLite keeps tables, views and indexes under one roof (build.c, sqlite3FindIndex)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconcile.diff.adopt import Adopted, Ownership
from reconcile.diff.changes import Refusal, Renames
from reconcile.model.schema import Entry, ObjectKind, Schema


def displaced(live: Schema, renames: Renames) -> tuple[Entry, ...]:
    """Give the views and indexes whose name a renamed table takes, on their tables' new names: they must go before."""
    new_names = {pair.old: pair.new for pair in renames.tables}
    taken = set(new_names.values())
    return tuple(
        replace(entry, table=new_names.get(entry.table, entry.table))
        for entry in live.of_kind(ObjectKind.VIEW, ObjectKind.INDEX)
        if entry.name in taken
    )


def displaced_by(live: Schema, renames: Renames) -> frozenset[tuple[bool, str]]:
    """Give the identities of what a rename displaces, the triggers of its views included."""
    gone = displaced(live, renames)
    triggers = (t for entry in gone if entry.kind is ObjectKind.VIEW for t in live.belonging_to(entry.name))
    return frozenset(entry.identity for entry in (*gone, *triggers))


def may_go(entry: Entry, ownership: Ownership) -> bool:
    """Say whether a displaced thing was ours, or was named by the user."""
    if ownership.dropping.names(entry.kind.value, entry.name):
        return True
    return ownership.applied is not None and ownership.applied.find(entry.kind, entry.name) is not None


def clashes(desired: Schema, adopted: Adopted, staying: Iterable[Entry]) -> Iterator[Refusal]:
    """Refuse a desired name that something unmanaged has already. `staying` are displaced things that are nobody's."""
    others = [entry for entry in (*adopted.entries, *adopted.ignored) if entry.kind is not ObjectKind.TRIGGER]
    names = {entry.identity: entry for entry in desired.entries}
    for other in (*others, *staying):
        wanted = names.get(other.identity)
        if wanted is not None and wanted.kind is not other.kind:
            kind = other.kind.value
            message = (
                f"{kind} {other.name} is not in the schema file, and {wanted.kind.value} {wanted.name} wants its name"
            )
            ways = (f"Drop it:   --drop {kind.split()[-1]}:{other.name}", "or choose another name.")
            yield Refusal("breaks-unmanaged", other.name.text, message, ways)
    for wanted in desired.of_kind(ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.INDEX):
        if wanted.name.key in adopted.target.shadows:
            message = f"{wanted.kind.value} {wanted.name} wants the name of a table that belongs to a virtual table"
            yield Refusal("breaks-unmanaged", wanted.name.text, message, ("Choose another name.",))
