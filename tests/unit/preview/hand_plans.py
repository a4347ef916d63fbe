"""Plans made by hand: two schemas as SQL, and how each change is made. No database, no planner."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconcile.diff.changes import Alter, Change, Create, Drop, Edit, Renames, Replace
from reconcile.diff.compare import compare
from reconcile.model.engine import Engine
from reconcile.model.facts import Facts
from reconcile.model.hints import Hints
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.plan.steps import Hazard, Method, Plan, Policy, Step, Unmanaged, Work
from reconcile.preview.heading import Heading
from reconcile.sql.clauses import CreateIndex, CreateTable
from reconcile.sql.create import read
from reconcile.sql.names import Name, name, unquote

DIGEST = "7c1ea40b" + "0" * 56


@dataclass(frozen=True)
class How:
    """How one change is made; `reason` is the kind of the edit that forces a rebuild."""

    method: Method
    rows: int | None = None
    reason: type[Edit] | None = None
    referenced_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parts:
    """Everything else that a plan is made of."""

    how: dict[str, How] = field(default_factory=dict)
    hints: Hints = field(default_factory=Hints)
    renames: Renames = field(default_factory=Renames)
    hazards: tuple[Hazard, ...] = ()
    refusals: tuple = ()
    unread: tuple = ()
    unmanaged: Unmanaged = field(default_factory=Unmanaged)
    allowed: frozenset[tuple[str, str]] = frozenset()
    steps: tuple[Step, ...] | None = None
    notes: tuple[str, ...] = ()


def schema(*statements: str) -> Schema:
    return Schema(tuple(entry(statement) for statement in statements))


def entry(sql: str) -> Entry:
    statement = read(sql)
    called = name(unquote(statement.name))
    match statement:
        case CreateTable():
            return Entry(ObjectKind.TABLE, called, called, sql)
        case CreateIndex():
            return Entry(ObjectKind.INDEX, called, name(unquote(statement.table)), sql)
        case _:
            kind = ObjectKind("virtual table" if "VIRTUAL" in sql.upper()[:20] else statement.kind.lower())
            table = name(unquote(statement.table)) if statement.table else called
            return Entry(kind, called, table, sql)


def plan(before: tuple[str, ...], after: tuple[str, ...], parts: Parts | None = None) -> Plan:
    parts = parts or Parts()
    actual, target = schema(*before), schema(*after)
    found = compare(actual, target, parts.hints).changes
    works = tuple(work(change, target, parts.how.get(str(subject(change)))) for change in found)
    steps = parts.steps if parts.steps is not None else tuple(Step(str(subject(w.change)), "", ()) for w in works)
    return Plan(
        engine=Engine((3, 45, 0)),
        actual=actual,
        target=target,
        managed=target,
        renames=parts.renames,
        works=works,
        steps=steps,
        hazards=parts.hazards,
        refusals=parts.refusals,
        unread=parts.unread,
        unmanaged=parts.unmanaged,
        facts=Facts(),
        policy=Policy(parts.allowed),
        digest=DIGEST,
        notes=parts.notes,
    )


def work(change: Change, target: Schema, how: How | None) -> Work:
    match change:
        case Create():
            return Work(change, Method.CREATE, how.rows if how else None)
        case Drop():
            return Work(change, Method.DROP, how.rows if how else None)
        case Replace():
            return Work(change, Method.CREATE)
        case Alter(entries, _, edits):
            how = how or How(Method.IN_PLACE, 0)
            reason = next((edit for edit in edits if how.reason is not None and isinstance(edit, how.reason)), None)
            carried = target.belonging_to(entries.new.name)
            return Work(change, how.method, how.rows, reason, carried, tuple(map(name, how.referenced_by)))


def subject(change: Change) -> Name:
    match change:
        case Create(entry) | Drop(entry):
            return entry.name
        case Replace(entries) | Alter(entries):
            return entries.new.name


def heading(**other: object) -> Heading:
    usual = {
        "database": "store.db",
        "schema": "schema.yaml",
        "size": 38_200_000,
        "journal_mode": "wal",
        "at": 1,
        "schema_digest": "3f9c1a2" + "0" * 57,
    }
    return Heading(**{**usual, **other})
