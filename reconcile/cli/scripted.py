"""From a plan to its script: rehearse it on an empty clone, and see what would be recorded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from reconcile.database.connection import open_reading
from reconcile.database.inspect import inspect
from reconcile.database.lock import begin_reading
from reconcile.database.scratch import Scratch, open_scratch
from reconcile.history import ledger as history
from reconcile.model.schema import ObjectKind, Schema
from reconcile.plan.closure import checked
from reconcile.plan.steps import Plan, Run
from reconcile.preview.script import Recorded, Rehearsed, script
from reconcile.recording import record_of
from reconcile.river import Course, load_desired
from reconcile.sql.names import Name, literal
from reconcile.values import Planned, heading, tamed

_WAIT = 5.0  # seconds that a reading command waits for a lock
_NEVER = datetime.fromtimestamp(0, UTC)  # the script puts its own times in


def script_of(planned: Planned) -> str:
    """Write the script of a plan that may run."""
    if planned.plan.is_empty:
        return script(heading(planned), planned.plan, Rehearsed(planned.plan.target, (), 0, frozenset()))
    return script(heading(planned), planned.plan, _rehearsed(planned))


def _rehearsed(planned: Planned) -> Rehearsed:
    plan = planned.plan
    prepare = tamed(planned.source.prepare)
    desired = load_desired(planned.source.schema, prepare)
    with (
        closing(open_reading(planned.source.database, prepare=prepare, wait=_WAIT)) as live,
        closing(open_scratch(prepare)) as scratch,
    ):
        begin_reading(live, _WAIT)
        ledger = history.find(live, desired.history_table)
        course = Course(plan, desired, ledger, planned.at, None)
        last = _last(live, ledger)
        scratch.load(plan.actual)
        before = [table for table in checked(plan) if _can_be_checked(scratch, plan.renames.old_table(table))]
        for step in plan.steps:
            for action in step.actions:
                if isinstance(action, Run):
                    scratch.execute(action.sql)
        after = _after(scratch, plan)
        keys = frozenset(table for table in before if _can_be_checked(scratch, table))
        return Rehearsed(after, _recorded(live, scratch, course, after, last), last, keys)


def _last(live: sqlite3.Connection, ledger: history.Ledger) -> int:
    tables = [table for table, there in ((ledger.table, ledger.exists), (ledger.beside, ledger.kept)) if there]
    found = [live.execute(f"SELECT max(version) FROM main.{table.quoted}").fetchone()[0] for table in tables]
    return max((int(version) for version in found if version is not None), default=0)


def _can_be_checked(scratch: Scratch, table: Name) -> bool:
    """Say whether SQLite can check the foreign keys of a table: one that fits no parent key is an error."""
    try:
        scratch.connection.execute(f"SELECT count(*) FROM pragma_foreign_key_check({literal(table.text)})")
    except sqlite3.OperationalError:
        return False
    return True


def _after(scratch: Scratch, plan: Plan) -> Schema:
    """Read what the steps made; what this SQLite could not create is not touched by them."""
    found = inspect(scratch.connection)
    missing = [e for e, _ in scratch.refused if e.kind is not ObjectKind.VIRTUAL and plan.target.get(e) is not None]
    kinds = (ObjectKind.TABLE, ObjectKind.VIRTUAL), (ObjectKind.INDEX,), (ObjectKind.VIEW,), (ObjectKind.TRIGGER,)
    entries = (*found.entries, *missing)
    return Schema(tuple(e for kind in kinds for e in entries if e.kind in kind), found.shadows)


def _recorded(
    live: sqlite3.Connection, scratch: Scratch, course: Course, after: Schema, last: int
) -> tuple[Recorded, ...]:
    """Let the ledger write its rows into the clone, and read them back: nobody else knows their form."""
    ledger, connection = course.ledger, scratch.connection
    texts = {table: _text(live, table) for table in (ledger.table, ledger.beside)}
    for present in filter(None, texts.values()):
        scratch.execute(present)
    number = history.record(connection, ledger, record_of(course, after), _NEVER)
    out = []
    for table, text in texts.items():
        columns = "version, description, applied_at" if table == ledger.table else "*"
        found = connection.execute(f"SELECT {columns} FROM {table.quoted} WHERE version = ?", (number,))
        names = [column[0] for column in found.description]
        row = {**dict(zip(names, found.fetchone(), strict=True)), "version": last + 1}
        out.append(Recorded(table, _text(connection, table) if text is None else None, tuple(row.items())))
    return tuple(out)


def _text(connection: sqlite3.Connection, table: Name) -> str | None:
    query = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE"
    found = connection.execute(query, (table.text,)).fetchone()
    return found[0] if found else None
