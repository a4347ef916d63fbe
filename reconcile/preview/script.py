"""A plan as a script for the sqlite3 shell, which checks itself: ``plan --format sql``.

It does what apply does, in the same order and one transaction, and proves what apply proves. A proof is a row of a
temporary table whose CHECKs say that it must hold: one that does not stops the shell (``.bail on``), and the end of
its session rolls everything back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.model.schema import Schema
from reconcile.plan.steps import Action, Plan, Prove, Run, Step
from reconcile.preview import proofs
from reconcile.preview.heading import Heading
from reconcile.preview.paste import shell_word
from reconcile.preview.printable import printable
from reconcile.preview.proofs import Scratchpad
from reconcile.preview.shell import as_read, comment, statement
from reconcile.preview.summary import counts, in_one_line
from reconcile.sql.names import Name, literal, quote

_SESSION = (
    ".timeout 30000",
    "PRAGMA foreign_keys = OFF;",
    "PRAGMA legacy_alter_table = OFF;",
    "PRAGMA writable_schema = OFF;",
    "PRAGMA recursive_triggers = OFF;",
    "PRAGMA ignore_check_constraints = OFF;",
)
# From 3.41 on the shell takes "x" for a name even where SQLite itself still takes it for the string 'x'.
_QUOTES = (".dbconfig dqs_ddl on", ".dbconfig dqs_dml on")
_NOW = {"applied_at": "datetime('now')", "sqlite_version": "sqlite_version()"}

Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of the history. `create` makes its table, None where that is there already."""

    table: Name
    create: str | None
    row: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal on an empty clone told: the schema afterwards, to the letter, and what apply would record.

    `last` is the last version in the history (0: none); `keys` are the tables whose foreign keys SQLite can check.
    """

    after: Schema
    recorded: tuple[Recorded, ...]
    last: int
    keys: frozenset[Name]


def script(heading: Heading, plan: Plan, rehearsed: Rehearsed) -> str:
    """Write the script of a plan that may run. Raise FailedError where the shell would change a statement."""
    if plan.is_empty:
        return "\n".join([comment(in_one_line(heading, plan)), comment("Nothing is to be done."), ""])
    history = tuple(recorded.table for recorded in rehearsed.recorded)
    taken = plan.actual.names | plan.target.names | rehearsed.after.names | {name.key for name in history}
    pad = proofs.scratchpad(taken)
    steps = (
        Step("begin", "", tuple(_begin(pad, plan, rehearsed, history))),
        *plan.steps,
        Step("verify", "", tuple(_verify(pad, plan, rehearsed))),
        Step("record", "", tuple(_record(pad, rehearsed))),
    )
    claims = [action.claim for step in steps for action in step.actions if isinstance(action, Prove)]
    quotes = _QUOTES if any('"' in e.sql for schema in (plan.actual, plan.target) for e in schema.entries) else ()
    done = f"SELECT {literal(f'Applied #{rehearsed.last + 1}, plan {plan.id}.')};"
    head = [".bail on", *_head(heading, plan), "", *quotes, *_SESSION, ""]
    body = [*_proof_table(pad, claims), "", "BEGIN IMMEDIATE;", *_body(pad, steps), "", "COMMIT;", done, ""]
    return as_read("\n".join([*head, *body]))


def _head(heading: Heading, plan: Plan) -> Iterator[str]:
    database = shell_word(heading.database)
    yield comment(f"reconcile plan {plan.id} for {heading.database}: {counts(plan)}.")
    yield comment("")
    yield comment("It takes NO BACKUP. Take one first, and then run it, with the sqlite3 shell:")
    yield comment(f"  sqlite3 {database} '.backup before.db'")
    yield comment(f"  sqlite3 {database} < plan.sql")
    yield comment("")
    yield comment("It checks itself. Where the database is not what was planned for, or where a proof does not hold,")
    yield comment("it stops with an error that says so, and nothing is changed. In the end it is in the history.")
    for fault in heading.existing_faults:
        yield comment(f"There before, and left alone: {fault}")


def _proof_table(pad: Scratchpad, claims: list[str]) -> Iterator[str]:
    """Write the table of proofs: its constraints bear the claims as their names, so that the error says which."""
    yield comment("What is proven. The first that does not hold ends everything.")
    yield f"CREATE TABLE {pad('proof')} ("
    yield "  number INTEGER PRIMARY KEY, holds,"
    for number, claim in enumerate(claims, 1):
        end = "," if number < len(claims) else ""
        yield f"  CONSTRAINT {quote(printable(claim))} CHECK (number <> {number} OR holds IS 1){end}"
    yield ");"


def _begin(pad: Scratchpad, plan: Plan, rehearsed: Rehearsed, history: tuple[Name, ...]) -> Iterator[Action]:
    yield Run(f"CREATE TABLE {pad('begun')} AS SELECT julianday('now') AS at")
    yield from proofs.session(plan)
    yield from proofs.schema_seen(pad, history)
    yield from proofs.schema_is(pad, "before", plan.actual, "the schema is the one that was planned for")
    yield from _history_stands(rehearsed)
    yield from proofs.rows_fit(plan)
    yield from proofs.counted_before(pad, plan, keys=rehearsed.keys)


def _history_stands(rehearsed: Rehearsed) -> Iterator[Prove]:
    """Prove that nothing was applied since: the version to come is the one that the plan was shown with."""
    there = [each.table for each in rehearsed.recorded if each.create is None]
    versions = " UNION ALL ".join(f"SELECT max(version) AS version FROM main.{table.quoted}" for table in there)
    if versions:
        query = f"SELECT coalesce(max(version), 0) = {rehearsed.last} FROM ({versions})"
        yield Prove("nothing was applied since the plan was made", query)
    for each in rehearsed.recorded:
        if each.create is not None:
            query = f"SELECT NOT EXISTS (SELECT 1 FROM pragma_table_info({literal(each.table.text)}, 'main'))"
            yield Prove(f"there is no table {each.table} yet", query)


def _verify(pad: Scratchpad, plan: Plan, rehearsed: Rehearsed) -> Iterator[Action]:
    yield from proofs.schema_is(pad, "after", rehearsed.after, "the schema is the one that was asked for")
    yield from proofs.kept_after(pad, plan, keys=rehearsed.keys)


def _record(pad: Scratchpad, rehearsed: Rehearsed) -> Iterator[Run]:
    yield from (Run(each.create) for each in rehearsed.recorded if each.create is not None)
    seconds = f"(SELECT round((julianday('now') - at) * 86400, 3) FROM {pad('begun')})"
    for each in rehearsed.recorded:
        columns = ", ".join(quote(column) for column, _ in each.row)
        now = {**_NOW, "seconds": seconds}
        values = ",\n  ".join(now.get(column) or _literal(value) for column, value in each.row)
        yield Run(f"INSERT INTO main.{each.table.quoted} ({columns}) VALUES (\n  {values})")


def _literal(value: Value) -> str:
    if isinstance(value, str):
        return literal(value)
    return "NULL" if value is None else repr(value)


def _body(pad: Scratchpad, steps: tuple[Step, ...]) -> Iterator[str]:
    number = 0
    for step in steps:
        yield ""
        yield comment(step.title)
        for action in step.actions:
            match action:
                case Run(sql):
                    yield statement(sql)
                case Prove(claim, sql):
                    number += 1
                    yield comment(f"proof {number}: {claim}")
                    yield statement(f"INSERT INTO {pad('proof')} VALUES ({number}, ({sql}))")
