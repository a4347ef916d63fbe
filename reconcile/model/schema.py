"""Schema: what an SQLite file says about itself, one entry for each row of sqlite_schema that is the user's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from reconcile.sql.names import Name


class ObjectKind(Enum):
    """What a schema is made of. The value is the word that users read."""

    TABLE = "table"
    VIRTUAL = "virtual table"
    INDEX = "index"
    VIEW = "view"
    TRIGGER = "trigger"

    @property
    def is_relation(self) -> bool:
        """Say whether rows can be selected from it."""
        return self in (ObjectKind.TABLE, ObjectKind.VIRTUAL, ObjectKind.VIEW)


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as SQLite stores it. `table` is the table it belongs to: its own name for a relation."""

    kind: ObjectKind
    name: Name
    table: Name
    sql: str

    @property
    def identity(self) -> tuple[bool, str]:
        """The key under which SQLite looks it up: triggers have a name space of their own."""
        return self.kind is ObjectKind.TRIGGER, self.name.key


@dataclass(frozen=True, slots=True)
class Schema:
    """A whole schema. Entries are in the order in which they can be created again.

    `shadows` are the folded names of tables that belong to a virtual table's module: known, never the user's.
    `statistics` are the tables into which ANALYZE wrote, such as ``sqlite_stat1``.
    """

    entries: tuple[Entry, ...]
    shadows: frozenset[str] = frozenset()
    statistics: tuple[str, ...] = ()
    _by_identity: dict[tuple[bool, str], Entry] = field(init=False, repr=False, compare=False)
    _by_table: dict[str, list[Entry]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the entries once: a look-up per table may not scan the whole schema."""
        object.__setattr__(self, "_by_identity", {entry.identity: entry for entry in self.entries})
        by_table: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if not entry.kind.is_relation:
                by_table.setdefault(entry.table.key, []).append(entry)
        object.__setattr__(self, "_by_table", by_table)

    def relation(self, name: Name) -> Entry | None:
        """Give the table, virtual table or view of this name."""
        entry = self._by_identity.get((False, name.key))
        return entry if entry is not None and entry.kind.is_relation else None

    def get(self, entry: Entry) -> Entry | None:
        """Give this schema's entry of the same identity and kind as `entry`."""
        found = self._by_identity.get(entry.identity)
        return found if found is not None and found.kind is entry.kind else None

    def find(self, kind: ObjectKind, name: Name) -> Entry | None:
        """Give the object of this kind and name."""
        found = self._by_identity.get((kind is ObjectKind.TRIGGER, name.key))
        return found if found is not None and found.kind is kind else None

    def of_kind(self, *kinds: ObjectKind) -> Iterator[Entry]:
        """Yield the entries of these kinds, in order."""
        return (entry for entry in self.entries if entry.kind in kinds)

    def belonging_to(self, table: Name) -> tuple[Entry, ...]:
        """Give the indexes and triggers of a table or view."""
        return tuple(self._by_table.get(table.key, ()))

    def with_entries(self, entries: Iterable[Entry]) -> Schema:
        """Give the same schema with other entries."""
        return Schema(tuple(entries), self.shadows, self.statistics)

    @property
    def names(self) -> frozenset[str]:
        """The folded names of everything in the schema, shadow tables included."""
        return frozenset(entry.name.key for entry in self.entries) | self.shadows
