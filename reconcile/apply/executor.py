"""The executor: runs a plan's actions inside the caller's transaction, and stops at the first thing that is off."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconcile.apply.reporter import Reporter
from reconcile.database.connection import translate, watched
from reconcile.database.guard import only_what_it_names
from reconcile.errors import BugError, DataState, FailedError, VerificationError
from reconcile.plan.steps import Plan, Prove, Run, Step


@contextmanager
def session(connection: sqlite3.Connection) -> Iterator[None]:
    """Set what a plan's steps rely on, before BEGIN, and read it back: a pragma can be ignored without a word.

    Foreign keys are off: with them on, dropping the old half of a rebuilt table deletes its CASCADE children, and
    inside a transaction the pragma is a no-op (pragma.html). Everything is put back at the end.
    """
    wanted = {"foreign_keys": 0, "legacy_alter_table": 0, "writable_schema": 0, "recursive_triggers": 0}
    before = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    for name, value in wanted.items():
        connection.execute(f"PRAGMA {name} = {value}")
        if connection.execute(f"PRAGMA {name}").fetchone()[0] != value:
            message = f"SQLite did not take PRAGMA {name} = {value}"
            raise FailedError(message, code="pragma-ignored", hint="is the connection inside a transaction?")
    try:
        yield
    finally:
        if not connection.in_transaction:
            for name, value in before.items():
                connection.execute(f"PRAGMA {name} = {value}")


def execute(connection: sqlite3.Connection, plan: Plan, path: Path, reporter: Reporter) -> None:
    """Run every step of a plan that was made in this very transaction, which the caller ends. It holds the write lock.

    A proof whose look at the rows the plan has taken is left out, unless a step has written to their table since.
    Raises VerificationError where a proof does not hold, and the translated error where SQLite refuses.
    """
    doing = _Doing(plan, path, set())
    for step in plan.steps:
        started = time.monotonic()
        rows = max((action.rows for action in step.actions if isinstance(action, Run) and action.rows), default=None)
        title = step.object or step.title
        reporter.step_started(title, rows)
        with telling(connection, reporter, title):
            _step(connection, step, doing)
        reporter.step_finished(title, rows, time.monotonic() - started)


@contextmanager
def telling(connection: sqlite3.Connection, reporter: Reporter, title: str) -> Iterator[None]:
    """Tell, while statements run, for how long they have: one of them may copy a table for a minute."""
    started = time.monotonic()
    with watched(connection, lambda: reporter.step_running(title, time.monotonic() - started)):
        yield


@dataclass(frozen=True, slots=True)
class _Doing:
    """The plan that runs on the file at `path`, and the folded names of the tables that were written to."""

    plan: Plan
    path: Path
    written: set[str]


def _step(connection: sqlite3.Connection, step: Step, doing: _Doing) -> None:
    for action in step.actions:
        if isinstance(action, Prove) and is_known(action, doing.plan, doing.written):
            continue
        try:
            with only_what_it_names(connection, action.sql) as touched:
                found = connection.execute(action.sql)
                result = found.fetchone() if isinstance(action, Prove) else None
        except sqlite3.IntegrityError as error:
            message = f"{step.title}: the rows do not fit: {error}"
            hint = "plan again: it shows which rows are in the way"
            raise VerificationError(message, code="rows-do-not-fit", hint=hint) from error
        except sqlite3.Error as error:
            raise translate(error, doing=step.title, path=doing.path) from error
        doing.written.update(touched)
        # An interrupt, a full disk or an I/O error can roll back by itself; what follows would then be autocommitted.
        if not connection.in_transaction:
            message = f"{step.title}: SQLite ended the transaction by itself"
            raise FailedError(message, code="transaction-lost", data=DataState.ROLLED_BACK)
        if isinstance(action, Prove) and result != (1,):
            raise VerificationError(_broken(connection, action), hint="please report this; nothing was changed")


def is_known(proof: Prove, plan: Plan, written: set[str]) -> bool:
    """Say whether a plan has proven this of rows to which nothing was written since, under whatever name."""
    if proof.look is None or not plan.facts.rule_out(proof.look):
        return False
    live = proof.look.table
    called = {live.key} | {pair.new.key for pair in plan.renames.tables if pair.old == live}
    return called.isdisjoint(written)


def _broken(connection: sqlite3.Connection, proof: Prove) -> str:
    if proof.sample is None:
        return f"the proof does not hold: {proof.claim}"
    try:
        keys = ", ".join(str(row[0]) for row in connection.execute(proof.sample))
    except sqlite3.Error as error:
        raise BugError(f"a proof's own sample query fails: {error}", hint=proof.sample) from error
    return f"the proof does not hold: {proof.claim} (rows {keys or 'that are missing'})"
