"""What a plan costs, as estimates: seconds under the write lock, and bytes on the disk while it runs.

The figures were measured on SQLite 3.40 (docs/benchmarks.md): a rebuild in one transaction makes the file grow by the
table, since its indexes go into the pages that the old half leaves. A rollback journal keeps every page that goes;
a WAL gets every page that comes, and with secure_delete those that are erased as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconcile.diff.changes import Alter, Create, Drop, DropColumn, Replace
from reconcile.model.facts import Storage, Weight
from reconcile.plan.steps import Method, Plan, Work
from reconcile.sql.names import Name

_A_ROW, _A_BYTE, _AN_INDEX_BYTE = 1.25e-6, 10e-9, 32e-9  # seconds, with proof and verification
_IN_WAL = 1.25
_UNERASED = 0.4  # how much of what goes a rollback journal keeps, where freed pages are not overwritten


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes: how much the file grows, and how much its journal or ``-wal`` takes meanwhile."""

    growth: int
    log: int

    @property
    def both(self) -> int:
        """All of it."""
        return self.growth + self.log


def heavy(works: Iterable[Work]) -> tuple[Name, ...]:
    """Give the tables, under their new names, that a plan rewrites or drops: only their bytes matter."""
    return tuple(dict.fromkeys(name for work in works if (name := _heavy(work)) is not None))


def seconds(work: Work, storage: Storage) -> float:
    """Estimate how long writers wait for a rebuild, on this machine."""
    if work.method is not Method.REBUILD:
        return 0.0
    weight = _weight(work, storage)
    quiet = (work.rows or 0) * _A_ROW + weight.table * _A_BYTE + weight.indexes * _AN_INDEX_BYTE
    return quiet * storage.pace * (_IN_WAL if storage.wal else 1.0)


def lock_seconds(plan: Plan) -> float:
    """Estimate how long writers wait for all rebuilds of a plan."""
    return sum(seconds(work, plan.facts.storage) for work in plan.works)


def space(works: Iterable[Work], storage: Storage) -> Space:
    """Estimate what a plan needs on the disk beside what is there now, at its peak and without a backup."""
    rebuilt = Weight()
    gone = Weight()
    largest = 0
    for work in works:
        weight = _weight(work, storage)
        if work.method is Method.REBUILD:
            rebuilt += weight
            largest = max(largest, weight.table)  # the next rebuild finds the pages that this one leaves
        gone += weight
    growth = max(0, largest - storage.unused)
    if storage.wal:
        log = rebuilt.both + (gone.table if storage.erases else 0)
    else:
        log = gone.both if storage.erases else int(gone.both * _UNERASED)
    return Space(growth, log)


def heaviest(works: Iterable[Work], storage: Storage) -> tuple[Name, ...]:
    """Order what a plan changes by its weight: what a plan needs as a whole is told beside the first."""
    return tuple(_named(work) for work in sorted(works, key=lambda work: -_weight(work, storage).both))


def _heavy(work: Work) -> Name | None:
    match work.change:
        case Alter(entries, _, edits):
            rewritten = work.method is Method.REBUILD or any(isinstance(edit, DropColumn) for edit in edits)
            return entries.new.name if rewritten else None
        case Drop(entry):
            return entry.name if entry.kind.is_relation else None
        case _:
            return None


def _weight(work: Work, storage: Storage) -> Weight:
    name = _heavy(work)
    return storage.weights.get(name.key, Weight()) if name is not None else Weight()


def _named(work: Work) -> Name:
    match work.change:
        case Create(entry) | Drop(entry):
            return entry.name
        case Replace(entries) | Alter(entries):
            return entries.new.name
