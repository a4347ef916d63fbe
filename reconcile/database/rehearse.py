"""Rehearse: run a plan on a scratch clone before anyone sees it, and see whether it reaches its target.

SQLite itself does the renames here, so that every reference follows as it will in the live file.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from reconcile.database.inspect import inspect
from reconcile.database.scratch import Prepare, Scratch, compiles, lacked, open_scratch
from reconcile.ddl import drop_statement
from reconcile.diff.changes import Renames
from reconcile.diff.clashes import displaced, displaced_by
from reconcile.diff.compare import compare, described, is_cosmetic
from reconcile.errors import BugError, FailedError
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.reach import reach
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Column
from reconcile.plan.closure import parted
from reconcile.plan.faults import dangling
from reconcile.plan.restoration import SCHEMA, KeptTable
from reconcile.plan.statistics import moved
from reconcile.plan.steps import Action, Hazard, Plan, Prove, Run, Severity, Step
from reconcile.sql.names import Name, name, quote

_IN_THE_WAY = re.compile(r"error in (view|trigger) (.+?)(?: after \w+(?: \w+)?)?: ", re.DOTALL)
_PREPARE = 'Give reconcile your application\'s functions and collations:   [tool.reconcile] prepare = "app.db:prepare"'
_DETOUR = "_reconcile_detour"
_MAY_BREAK = (ObjectKind.VIEW, ObjectKind.TRIGGER, ObjectKind.VIRTUAL)


@dataclass(frozen=True, slots=True)
class Renamed:
    """A live schema under its new names; the statements that lead there; what must be set aside for them."""

    schema: Schema
    runs: tuple[str, ...]
    suspended: frozenset[tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal found: more to set aside (then plan again), or hazards, or neither: it reaches its target.

    `faults` were there before, and stay: views and triggers that do not work, foreign keys to tables that are not.
    """

    suspended: frozenset[tuple[bool, str]] = frozenset()
    hazards: tuple[Hazard, ...] = ()
    faults: tuple[str, ...] = ()


def rename(live: Schema, renames: Renames, prepare: Prepare | None = None) -> Renamed:
    """Carry out the renames on a scratch clone, setting aside the views and triggers that SQLite trips over."""
    if not renames:
        return Renamed(live, (), frozenset())
    gone = displaced_by(live, renames)
    runs = (*map(drop_statement, displaced(live, renames)), *_statements(renames, live))
    part = reach(Pair(live, live), runs).old
    with closing(open_scratch(prepare)) as scratch:
        scratch.load(part)
        aside: dict[tuple[bool, str], Entry] = {}
        for sql in runs:
            _patiently(scratch, part, sql, aside)
        found = inspect(scratch.connection)
        missing = [entry for entry in part.entries if entry.identity in aside or _refused(entry, scratch)]
        untouched = [entry for entry in live.entries if part.get(entry) is None]
        missing = [entry for entry in (*missing, *untouched) if entry.identity not in gone]
        entries = _like(live, renames, [*found.entries, *missing])
        return Renamed(Schema(entries, live.shadows, live.statistics), runs, frozenset(aside))


def rehearse(plan: Plan, hints: Hints, prepare: Prepare | None = None, kept: tuple[KeptTable, ...] = ()) -> Rehearsal:
    """Run a plan's steps on a scratch clone; raise BugError where they do not lead to the plan's own target.

    `kept` are the tables of an attached backup: the clone gets an empty one of the same shape.
    """
    if not plan.steps:
        return Rehearsal()
    with closing(open_scratch(prepare)) as scratch:
        if kept:
            _attach(scratch, kept)
        part = reach(Pair(plan.actual, plan.target), (action.sql for step in plan.steps for action in step.actions))
        scratch.load(part.old)
        before = _broken(scratch, part.old)
        for step in plan.steps:
            found = _rehearse_step(scratch, step, plan)
            if found is not None:
                return found
        _reaches(scratch, part.new, hints)
        return Rehearsal(
            hazards=(*_newly_broken(scratch, plan, before), *_newly_parted(scratch, plan, part.old, prepare)),
            faults=(*_broken_before(plan, before), *_dangling_before(plan)),
        )


def _attach(scratch: Scratch, kept: tuple[KeptTable, ...]) -> None:
    scratch.connection.execute(f"ATTACH ':memory:' AS {SCHEMA}")
    # Makes sqlite_sequence, which cannot be created by its name.
    scratch.connection.execute(f"CREATE TABLE {SCHEMA}.{quote('#sequence')} (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    for each in kept:
        source, start = each.table.text.source, each.table.text.name_span.start
        scratch.execute(f"{source[:start]}{SCHEMA}.{source[start:]}")


def _statements(renames: Renames, live: Schema) -> Iterator[str]:
    """Yield the ALTERs, with a detour where a new name is still taken: in a ring, or when only the case changes."""
    taken = live.names
    for names in _in_turn(renames.tables, taken, over_case=True):
        yield f"ALTER TABLE {names.old.quoted} RENAME TO {names.new.quoted}"
        yield from moved(live, names.old, names.new)
    for table in dict.fromkeys(rename.table for rename in renames.columns):
        pairs = tuple(rename.names for rename in renames.columns if rename.table == table)
        entry = live.relation(renames.old_table(table))
        columns = frozenset(column.name.key for column in read_table(entry).columns) if entry else frozenset()
        for names in _in_turn(pairs, columns, over_case=False):
            yield f"ALTER TABLE {table.quoted} RENAME COLUMN {names.old.quoted} TO {names.new.quoted}"


def _in_turn(pairs: tuple[Pair[Name], ...], taken: frozenset[str], *, over_case: bool) -> Iterator[Pair[Name]]:
    """Yield the renames of one name space. `over_case`: SQLite refuses ``t`` to ``T`` for tables, not for columns."""
    waiting = {pair.old for pair in pairs}
    detours: list[tuple[Name, Name]] = []
    for pair in pairs:
        waiting.discard(pair.old)
        if pair.new in waiting or (over_case and pair.new == pair.old):
            through = _free(taken | {through.key for through, _ in detours} | {pair.new.key for pair in pairs})
            yield Pair(pair.old, through)
            detours.append((through, pair.new))
        else:
            yield pair
    yield from (Pair(through, new) for through, new in detours)


def _free(taken: frozenset[str] | set[str]) -> Name:
    number = 0
    while f"{_DETOUR}_{number}" in taken:
        number += 1
    return name(f"{_DETOUR}_{number}")


def _patiently(scratch: Scratch, live: Schema, sql: str, aside: dict[tuple[bool, str], Entry]) -> None:
    while True:
        try:
            scratch.execute_as_live(sql)
        except sqlite3.Error as error:
            missing, entry = lacked(error), _in_the_way(live, str(error))
            if missing is not None and entry is None:
                message = f"{missing}, which the schema uses, is not known here, and SQLite renames nothing without it"
                raise FailedError(message, code="cannot-evaluate", hint=_PREPARE) from error
            if (lost := _lost(scratch, error)) is not None:
                raise FailedError(lost.message, code=lost.code, hint=lost.ways[0]) from error
            if entry is None or entry.identity in aside:
                message = f"the rename was refused by SQLite: {error}"
                raise BugError(message, hint=f"the statement was: {sql}") from error
            for gone in (entry, *(e for e in live.belonging_to(entry.name) if entry.kind is ObjectKind.VIEW)):
                if gone.identity not in aside:
                    aside[gone.identity] = gone
                    if gone is entry:
                        scratch.connection.execute(f"DROP {entry.kind.value} {entry.name.quoted}")
        else:
            return


def _in_the_way(schema: Schema, message: str) -> Entry | None:
    """Find the view or trigger that SQLite's message names."""
    found = _IN_THE_WAY.search(message)
    return schema.find(ObjectKind(found[1]), name(found[2])) if found else None


def _refused(entry: Entry, scratch: Scratch) -> bool:
    return entry.kind is not ObjectKind.VIRTUAL and any(entry is refused for refused, _ in scratch.refused)


def _like(live: Schema, renames: Renames, entries: list[Entry]) -> tuple[Entry, ...]:
    """Put entries in the order that `live` has: what can be created first comes first."""
    places = {entry.identity: place for place, entry in enumerate(live.entries)}
    places |= {(False, pair.new.key): places[False, pair.old.key] for pair in renames.tables}
    return tuple(sorted(entries, key=lambda entry: places[entry.identity]))


def _rehearse_step(scratch: Scratch, step: Step, plan: Plan) -> Rehearsal | None:
    for entry, why in scratch.refused:
        if entry.kind is ObjectKind.TABLE and entry.name == name(step.object):
            return Rehearsal(hazards=(_not_taken(entry, why),))
    for action in step.actions:
        try:
            found = scratch.execute_as_live(action.sql)
            if isinstance(action, Prove) and found.fetchone() != (1,):
                message = f"a proof does not hold on empty tables: {action.claim}"
                raise BugError(message, hint=action.sql)
        except sqlite3.Error as error:
            return _stumbled(error, step, action, plan, scratch)
    return None


def _stumbled(error: sqlite3.Error, step: Step, action: Action, plan: Plan, scratch: Scratch) -> Rehearsal:
    missing = lacked(error)
    if missing is not None:
        return Rehearsal(hazards=(_without(missing, step.object),))
    lost = _lost(scratch, error)
    if lost is not None:
        return Rehearsal(hazards=(lost,))
    entry = _in_the_way(plan.actual, str(error)) or _in_the_way(plan.target, str(error))
    if entry is not None:
        return Rehearsal(suspended=frozenset({entry.identity}))
    made = action.creates if isinstance(action, Run) else None
    nobodys = [column for table, column in plan.unmanaged.columns if made is not None and table == made.name]
    if made is not None and made.kind is ObjectKind.TABLE and nobodys:
        return Rehearsal(hazards=tuple(_unfit(made, column, str(error)) for column in nobodys))
    if made is not None and made in plan.unmanaged.entries:
        return Rehearsal(hazards=(_breaks(made, str(error), unmanaged=True),))
    why = compiles(scratch, plan.target, made) if made and made.kind is ObjectKind.VIRTUAL else None
    if made is not None and "no such module" in str(error):
        return Rehearsal(hazards=(_without_module(made, str(error)),))
    if made is not None and why is not None:
        return Rehearsal(hazards=(_breaks(made, why, unmanaged=False),))
    message = f"a planned statement was refused by SQLite in rehearsal: {error}"
    raise BugError(message, hint=f"the statement was: {action.sql}") from error


def _without(missing: str, label: str) -> Hazard:
    message = f"{label} needs {missing}, which this SQLite does not have"
    return Hazard("cannot-evaluate", Severity.BLOCKED, label, message, ways=(_PREPARE,))


def _lost(scratch: Scratch, error: sqlite3.Error) -> Hazard | None:
    """Find what a statement misses here because SQLite, which has it in its catalog, would not create it again."""
    for entry, why in scratch.refused:
        if re.fullmatch(rf"no such (table|index): (main\.)?{re.escape(entry.name.text)}", str(error), re.IGNORECASE):
            return _not_taken(entry, why)
    return None


def _not_taken(entry: Entry, why: str) -> Hazard:
    message = f"SQLite does not take the stored text of {entry.kind.value} {entry.name} any more: {why}"
    ways = ("Nothing can write to it either: make it anew with the program that made it.",)
    return Hazard("cannot-carry", Severity.BLOCKED, entry.name.text, message, ways=ways)


def _unfit(table: Entry, column: Column, why: str) -> Hazard:
    label = f"{table.name}.{column.name}"
    message = f"column {label} is not in the schema file, and {table.name} cannot be made with it: {why}"
    ways = (f"Drop it:   --drop column:{label}", "or write it into the schema file as it should be.")
    return Hazard("breaks-unmanaged", Severity.BLOCKED, label, message, ways=ways)


def _without_module(entry: Entry, why: str) -> Hazard:
    message = f"virtual table {entry.name} cannot be created: this SQLite says: {why}"
    ways = ("Give reconcile your application's connections ([tool.reconcile] prepare = …), with the module loaded.",)
    return Hazard("broken-object", Severity.BLOCKED, entry.name.text, message, ways=ways)


def _reaches(scratch: Scratch, target: Schema, hints: Hints) -> None:
    """Compare what the rehearsal built with the plan's target; anything but the order of columns is our mistake."""
    refused = {entry.identity for entry, _ in scratch.refused if entry.kind is not ObjectKind.VIRTUAL}
    target = target.with_entries(entry for entry in target.entries if entry.identity not in refused)
    difference = compare(inspect(scratch.connection), target, hints)
    wrong = [change for change in difference.changes if not is_cosmetic(change)]
    if wrong or difference.unread:
        found = [described(change) for change in wrong] + [str(unread.reason) for unread in difference.unread]
        message = f"the plan does not reach its target: {'; '.join(found)}"
        raise BugError(message, hint="please report this, with your schema; nothing was changed")


def _broken(scratch: Scratch, schema: Schema) -> dict[tuple[bool, str], str]:
    """Give the views, triggers and full-text tables that cannot be used, with SQLite's words."""
    out = {}
    for entry in schema.of_kind(*_MAY_BREAK):
        error = compiles(scratch, schema, entry)
        if error is not None:
            out[entry.identity] = error
    return out


def _newly_broken(scratch: Scratch, plan: Plan, before: dict[tuple[bool, str], str]) -> Iterator[Hazard]:
    after = _broken(scratch, plan.target)
    for entry in plan.target.of_kind(*_MAY_BREAK):
        if entry.identity not in after:
            continue
        was = plan.actual.get(entry)
        if was is not None and was.sql == entry.sql and entry.identity in before:
            continue  # broken before, and not by us: reported, never stopped on
        yield _breaks(entry, after[entry.identity], unmanaged=plan.managed.get(entry) is None)


def _broken_before(plan: Plan, before: dict[tuple[bool, str], str]) -> Iterator[str]:
    for entry in plan.actual.of_kind(ObjectKind.VIEW, ObjectKind.TRIGGER):
        stays = plan.target.get(entry)
        why = before.get(entry.identity)
        # What only this process lacks is nobody's fault.
        if why is not None and stays is not None and stays.sql == entry.sql and "no such module" not in why:
            yield f"{entry.kind.value} {entry.name} does not work: {why}"


def _dangling_before(plan: Plan) -> Iterator[str]:
    was = frozenset(dangling(plan.actual))
    return (fault for fault in dangling(plan.target) if fault in was)


def _newly_parted(scratch: Scratch, plan: Plan, old: Schema, prepare: Prepare | None) -> Iterator[Hazard]:
    """Find foreign keys that lose what they point to: no EXPLAIN shows it, and every write to the child would fail."""
    after = _mismatched(scratch, parted(plan))
    if not after:
        return
    with closing(open_scratch(prepare)) as clone:
        clone.load(old)
        before = _mismatched(clone, tuple(map(plan.renames.old_table, after)))
    unmanaged = {entry.identity for entry in plan.unmanaged.entries}
    for table, why in after.items():
        entry = plan.target.find(ObjectKind.TABLE, table)
        if entry is not None and plan.renames.old_table(table) not in before:
            yield _breaks(entry, why, unmanaged=entry.identity in unmanaged)


def _mismatched(scratch: Scratch, tables: tuple[Name, ...]) -> dict[Name, str]:
    """Give the tables with a foreign key that SQLite cannot check, with its words; it says so without a row, too."""
    out = {}
    for table in tables:
        try:
            scratch.connection.execute(f"PRAGMA main.foreign_key_check({table.quoted})").fetchall()
        except sqlite3.OperationalError as error:
            out[table] = str(error)
    return out


def _breaks(entry: Entry, why: str, *, unmanaged: bool) -> Hazard:
    if unmanaged:
        message = f"{entry.kind.value} {entry.name} is not in the schema file, and would stop working: {why}"
        ways = (
            f"Drop it:   --drop {entry.kind.value.split()[-1]}:{entry.name}",  # a virtual table is dropped as a table
            "or write it into the schema file as it should be.",
        )
        return Hazard("breaks-unmanaged", Severity.BLOCKED, entry.name.text, message, ways=ways)
    message = f"{entry.kind.value} {entry.name} of the schema file would not work: {why}"
    return Hazard("broken-object", Severity.BLOCKED, entry.name.text, message, ways=("Correct its definition.",))
