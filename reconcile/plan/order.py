"""The order of a plan's steps: no statement may meet a name that is still taken, or not there yet.

Views and triggers that are in the way go first and come back last; renames come before everything that uses the new
names; tables before what stands on them. (`legacy_alter_table` and the foreign keys are the executor's session.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from reconcile.ddl import drop_statement
from reconcile.diff.changes import Alter, Change, Create, Drop, Replace
from reconcile.model.pair import Pair
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.plan.full_text import fill, has_external_content, outdated
from reconcile.plan.lower import Lowered
from reconcile.plan.rebuild import Recipe, needs_detour, rebuild
from reconcile.plan.restoration import KeptTable, refill
from reconcile.plan.statistics import forgotten
from reconcile.plan.steps import Action, Method, Run, Step
from reconcile.sql.names import Name

_SET_ASIDE = (ObjectKind.VIEW, ObjectKind.TRIGGER)


@dataclass(frozen=True, slots=True)
class Ordering:
    """What the steps are made from.

    `lowered` and `recipes` are those of the altered tables; `suspended` are identities of views and triggers that a
    rehearsal found in the way of a rename or of a dropped column.
    """

    schemas: Pair[Schema]
    changes: tuple[Change, ...]
    lowered: dict[Name, Lowered]
    recipes: dict[Name, Recipe]
    rename_runs: tuple[Run, ...]
    suspended: frozenset[tuple[bool, str]]
    kept: tuple[KeptTable, ...] = ()


def steps(ordering: Ordering) -> tuple[Step, ...]:
    """Put the steps together, leaving out those without an action."""
    aside = _aside(ordering)
    found = [
        Step("set views and triggers aside", "", tuple(Run(drop_statement(entry)) for entry in aside)),
        Step("rename", "", ordering.rename_runs),
        *_drops(ordering),
        *_tables(ordering),
        *_indexes(ordering),
        *_last(ordering, aside),
    ]
    return tuple(step for step in found if step.actions)


def _aside(ordering: Ordering) -> list[Entry]:
    """List the views and triggers to drop first, triggers before views."""
    old, new = ordering.schemas.old, ordering.schemas.new
    rebuilt = {name for name, lowered in ordering.lowered.items() if lowered.method is Method.REBUILD}
    everything = any(needs_detour(ordering.recipes[name]) for name in rebuilt)
    dropped = {c.entry.name for c in ordering.changes if isinstance(c, Drop) and c.entry.kind is ObjectKind.TABLE}
    changed = {c.entries.old.identity for c in ordering.changes if isinstance(c, Replace)}
    out = []
    for entry in old.of_kind(*_SET_ASIDE):
        same = new.get(entry) is not None
        own_table = entry.kind is ObjectKind.TRIGGER and entry.table in rebuilt
        goes_along = entry.kind is ObjectKind.TRIGGER and entry.table in dropped
        in_the_way = not same or entry.identity in changed | ordering.suspended or own_table or everything
        if in_the_way and not goes_along:
            out.append(entry)
    views = {entry.name for entry in out if entry.kind is ObjectKind.VIEW}
    # An INSTEAD OF trigger vanishes with its view: it must come back with it.
    out += [
        entry
        for entry in old.of_kind(ObjectKind.TRIGGER)
        if entry.table in views and old.find(ObjectKind.VIEW, entry.table) and entry not in out
    ]
    return sorted(out, key=lambda entry: entry.kind is ObjectKind.VIEW)


def _drops(ordering: Ordering) -> Iterator[Step]:
    rebuilt = {name for name, lowered in ordering.lowered.items() if lowered.method is Method.REBUILD}
    for change in ordering.changes:
        entry = _dropped(change)
        # What a renamed table displaced went before the rename, and is in the old schema no more.
        if entry is not None and entry.table not in rebuilt and ordering.schemas.old.get(entry) is not None:
            yield _step("drop", entry, Run(drop_statement(entry)))
    for change in ordering.changes:
        if isinstance(change, Drop) and change.entry.kind in (ObjectKind.TABLE, ObjectKind.VIRTUAL):
            yield _step("drop", change.entry, Run(drop_statement(change.entry)))


def _dropped(change: Change) -> Entry | None:
    """Give the index or virtual table that a change drops before the tables change."""
    match change:
        case Replace(entries) if entries.old.kind in (ObjectKind.INDEX, ObjectKind.VIRTUAL):
            return entries.old
        case Drop(entry) if entry.kind is ObjectKind.INDEX:
            return entry
        case _:
            return None


def _tables(ordering: Ordering) -> Iterator[Step]:
    for change in ordering.changes:
        if isinstance(change, Create) and change.entry.kind is ObjectKind.TABLE:
            back = next((k.table for k in ordering.kept if k.table.name == change.entry.name), None)
            actions: list[Action] = [Run(change.entry.sql, creates=change.entry)]
            actions += refill(change.entry, back) if back is not None else ()
            yield Step(f"create table {change.entry.name}", change.entry.name.text, tuple(actions))
    for change in ordering.changes:
        if not isinstance(change, Alter):
            continue
        name = change.entries.new.name
        lowered = ordering.lowered[name]
        if lowered.method is Method.REBUILD:
            # The numbers of an index stay when its table goes under another name, and may be of no use to the new one.
            gone = (each.name for each in map(_dropped, ordering.changes) if each and each.table == name)
            runs = (Run(sql) for index in gone for sql in forgotten(ordering.schemas.old, index))
            yield Step(f"rebuild {name}", name.text, (*rebuild(ordering.recipes[name]), *runs))
        else:
            yield Step(f"alter {name}", name.text, lowered.actions)


def _indexes(ordering: Ordering) -> Iterator[Step]:
    rebuilt = {name for name, lowered in ordering.lowered.items() if lowered.method is Method.REBUILD}
    for change in ordering.changes:
        entry = _created(change)
        if entry is not None and entry.kind is ObjectKind.INDEX and entry.table not in rebuilt:
            yield _step("create", entry, Run(entry.sql, creates=entry))


def _last(ordering: Ordering, aside: list[Entry]) -> Iterator[Step]:
    """Create what stands on tables: views, virtual tables (an index may be filled from a view), and then triggers."""
    created = {entry.identity for change in ordering.changes if (entry := _created(change)) is not None}
    back = {entry.identity for entry in aside}
    new = ordering.schemas.new
    stale = {entry.identity for entry in outdated(new, (recipe.rows for recipe in ordering.recipes.values()))}
    ordered = (new.of_kind(kind) for kind in (ObjectKind.VIEW, ObjectKind.VIRTUAL, ObjectKind.TRIGGER))
    for entry in chain.from_iterable(ordered):
        if entry.identity not in created | back:
            if entry.identity in stale:
                yield _step("fill again", entry, fill(entry))
            continue
        title = "create" if entry.identity in created else "put back"
        runs = [Run(entry.sql, creates=entry)]
        if entry.kind is ObjectKind.VIRTUAL and has_external_content(entry):
            runs.append(fill(entry))
        yield Step(f"{title} {entry.kind.value} {entry.name}", entry.name.text, tuple(runs))


def _created(change: Change) -> Entry | None:
    match change:
        case Create(entry):
            return entry
        case Replace(entries):
            return entries.new
        case _:
            return None


def _step(verb: str, entry: Entry, run: Run) -> Step:
    return Step(f"{verb} {entry.kind.value} {entry.name}", entry.name.text, (run,))
