"""Rollback: a plan from the live state toward the one that the history remembers.

Nothing here is a second machine: the remembered schema is the desired one, the renames are turned round, and the
backup of the version that is undone is attached, so that values that it took away or converted come back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from reconcile.applying import attach
from reconcile.database.connection import Prepare, open_reading
from reconcile.database.inspect import inspect
from reconcile.database.lock import begin_reading
from reconcile.diff.adopt import Dropping
from reconcile.errors import BlockedError, UsageError
from reconcile.history.backups import place_of, proven
from reconcile.history.ledger import Ledger, Step, find, locate, managed_at, sensitive, standing
from reconcile.model.facts import A_FEW, Sample
from reconcile.model.hints import ColumnHints, Hints, TableHints
from reconcile.model.reading import read_body, read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Table
from reconcile.model.types import Affinity
from reconcile.plan.full_text import has_external_content
from reconcile.plan.restoration import SCHEMA, Conversion, KeptTable
from reconcile.plan.steps import Hazard, Policy, Severity
from reconcile.preview.paste import command
from reconcile.river import DEFAULT_HISTORY, Backwards, Course, Desired, Wishes, chart
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, fold, literal, name


@dataclass(frozen=True, slots=True)
class WayBack:
    """One step back: what is desired, what is attached, which version it undoes, and which was the newest then.

    `kept` is None where that version left no backup, or where it is gone: then nothing comes back but the schema.
    """

    step: Step
    desired: Desired
    backwards: Backwards
    kept: Path | None
    newest: int


def way_back(connection: sqlite3.Connection, database: Path, *, over_rollbacks: bool) -> WayBack:
    """Find the way back from the last version that stands; raise UsageError where there is none.

    With `over_rollbacks` versions that are rollbacks themselves are passed over: that is how one goes back further,
    while otherwise a second rollback undoes the first.
    """
    ledger = find(connection, locate(connection) or name(DEFAULT_HISTORY))
    steps = standing(connection, ledger)
    own = tuple(step for step in steps if not step.way_back.undid)
    undoable = [step for step in (own if over_rollbacks else steps) if not _is_starting_point(step, own)]
    if not undoable:
        hint = "reconcile history tells what was applied; a backup can be put back with reconcile restore"
        raise UsageError("there is nothing to roll back", code="nothing-to-roll-back", place=str(database), hint=hint)
    step = undoable[0]
    if step.way_back.restored:
        line = command("restore", str(database), step.backup) if step.backup else "reconcile history"
        hint = f"what was there before that is put back by   {line}"
        message = f"#{step.version} put a backup back, and that is undone by putting back the one taken before it"
        raise UsageError(message, code="nothing-to-roll-back", place=str(database), hint=hint)
    kept = place_of(step, database)
    kept = kept if kept is not None and kept.is_file() else None
    if kept is not None:
        proven(connection, ledger, step, kept)
    kept_tables = _kept_tables(step) if kept else ()
    backwards = Backwards(step.after, kept_tables, (step.version,), _managed_before(connection, ledger, step, own))
    desired = _desired(step, ledger, sensitive(connection, ledger))
    return WayBack(step, desired, backwards, kept, steps[0].version)


def _is_starting_point(step: Step, own: tuple[Step, ...]) -> bool:
    """Say whether a version only wrote down what was there: nothing lies before it."""
    return step == own[-1] and step.before.entries == step.after.entries if own else False


def _managed_before(connection: sqlite3.Connection, ledger: Ledger, step: Step, own: tuple[Step, ...]) -> Schema:
    """Give what is under management again once a version is undone."""
    if step.way_back.undid:
        return managed_at(connection, ledger, step.way_back.undid[-1])
    return next((other.managed for other in own if other.version < step.version), Schema(()))


def standing_at(database: Path) -> int:
    """Give the version whose state the database is in: the newest that stands and is no rollback; 0 where none is."""
    with closing(open_reading(database)) as connection:
        begin_reading(connection, 5.0)
        ledger = find(connection, locate(connection) or name(DEFAULT_HISTORY))
        return next((step.version for step in standing(connection, ledger) if not step.way_back.undid), 0)


def versions_above(database: Path, to: int) -> tuple[int, ...]:
    """Give the versions to undo, newest first, so that the database is as version `to` left it."""
    with closing(open_reading(database)) as connection:
        begin_reading(connection, 5.0)
        ledger = find(connection, locate(connection) or name(DEFAULT_HISTORY))
        own = [step for step in standing(connection, ledger) if not step.way_back.undid]
        return tuple(step.version for step in own if step.version > to)


def chart_back(
    database: Path,
    allow: frozenset[tuple[str, str]],
    prepare: Prepare | None = None,
    *,
    over_rollbacks: bool = False,
    sample: Sample = A_FEW,
) -> tuple[Course, WayBack]:
    """Plan one step back, reading only."""
    with closing(open_reading(database, prepare=prepare)) as connection:
        begin_reading(connection, 5.0)
        back = way_back(connection, database, over_rollbacks=over_rollbacks)
        connection.execute("COMMIT")  # SQLite attaches nothing inside a transaction
        attach(connection, back.kept)
        begin_reading(connection, 5.0)
        ledger = find(connection, back.desired.history_table)
        _names_are_free(back.step, inspect(connection, ledger.hidden), database)
        hazards = _not_coming_back(back, connection, database)
        back = replace(back, backwards=replace(back.backwards, hazards=tuple(hazards)))
        wished = wishes_back(allow)
        course = chart(connection, back.desired, wished, prepare_=prepare, backwards=back.backwards, sample=sample)
        return _told(course, back.kept), back


def _told(course: Course, kept: Path | None) -> Course:
    """Say how the queries that a blocked way back shows are to be run, where they read the backup."""
    if kept is None or not any(f"{SCHEMA}." in (hazard.query or "") for hazard in course.plan.hazards):
        return course
    note = f"in these queries {SCHEMA} is the backup:   ATTACH {literal(str(kept))} AS {SCHEMA};"
    return replace(course, plan=replace(course.plan, notes=(*course.plan.notes, note)))


def _names_are_free(step: Step, live: Schema, database: Path) -> None:
    """Refuse where a table cannot get its old name back, because something else has it now."""
    moved = {fold(new) for new, _ in step.way_back.tables}
    for new, old in step.way_back.tables:
        taken = live.relation(name(old))
        if taken is not None and taken.kind is ObjectKind.VIEW and step.after.get(taken) is not None:
            continue  # it came with this version, and goes with it
        if taken is not None and taken.name.key not in moved:
            message = f"table {new} was {old} before #{step.version}, and there is a {taken.kind.value} {old} now"
            hint = f"go back with --restore, or drop {taken.kind.value} {old} first"
            raise BlockedError(f"{database}: {message}", hint=hint)


def _not_coming_back(back: WayBack, connection: sqlite3.Connection, database: Path) -> Iterator[Hazard]:
    """Yield what a version took away and no backup gives back: nothing of that may come back empty unsaid."""
    step = back.step
    for entry in step.before.of_kind(ObjectKind.TABLE, ObjectKind.VIRTUAL):
        after = _after(entry, step)
        if entry.kind is ObjectKind.VIRTUAL:
            if (after is None or _body(after) != _body(entry)) and _had_rows(entry, back, connection):
                yield _virtual(entry, back, database)
        elif back.kept is None:
            yield from _without_backup(entry, after, step, _why(step, database))


def _after(entry: Entry, step: Step) -> Entry | None:
    """Give what a table had become when the version was done."""
    new_names = {fold(old): new for new, old in step.way_back.tables}
    return step.after.find(entry.kind, name(new_names.get(entry.name.key, entry.name.text)))


def _body(entry: Entry) -> str:
    """Give what makes a virtual table what it is, whatever its name."""
    try:
        return read_body(entry).body.text
    except Unreadable:
        return entry.sql


def _had_rows(entry: Entry, back: WayBack, connection: sqlite3.Connection) -> bool:
    if has_external_content(entry):
        return False
    if back.kept is None:
        return True
    try:
        found = connection.execute(f"SELECT count(*) FROM {SCHEMA}.{entry.name.quoted}").fetchone()
    except sqlite3.Error:
        return True
    return bool(found[0])


def _virtual(entry: Entry, back: WayBack, database: Path) -> Hazard:
    message = f"virtual table {entry.name} would come back without the rows that it kept itself"
    if back.kept is None:
        message += f": {_why(back.step, database)}"
        return Hazard("lossy-conversion", Severity.CONSENT, entry.name.text, message)
    ways = (command("rollback", str(database), "--restore"),)
    return Hazard("virtual-rows", Severity.BLOCKED, entry.name.text, message, ways=ways)


def _why(step: Step, database: Path) -> str:
    """Say why there is no backup to read; where it should lie it may be put back."""
    gone = place_of(step, database)
    return f"#{step.version} took no backup" if gone is None else f"the backup of #{step.version} is gone, {gone}"


def _without_backup(entry: Entry, after: Entry | None, step: Step, why: str) -> Iterator[Hazard]:
    if after is None:
        message = f"table {entry.name} comes back without the rows that it had: {why}"
        yield Hazard("lossy-conversion", Severity.CONSENT, entry.name.text, message)
        return
    try:
        then, now = read_table(entry), read_table(after)
    except Unreadable:
        return
    for column in _gone(then, now, step):
        message = f"{entry.name}.{column} comes back without the values that it had: {why}"
        yield Hazard("lossy-conversion", Severity.CONSENT, f"{entry.name}.{column}", message)
    for each in _conversions(step, entry.name):
        was, object_ = then.column(each.column), f"{entry.name}.{each.column}"
        if was is None:
            continue
        if each.using is not None and each.undo is None:
            message = f"{object_} does not get the values back that `using` changed: {why}"
            yield Hazard("lossy-conversion", Severity.CONSENT, object_, message)
        elif each.using is None and was.affinity in (Affinity.TEXT, Affinity.BLOB):
            # Mostly nothing is lost by it; which values it was that changed, nobody knows any more.
            message = f"{object_} gets numbers back as SQLite writes them, '7' where '007' was: {why}"
            yield Hazard("lossy-conversion", Severity.NOTE, object_, message)


def _gone(then: Table, now: Table, step: Step) -> Iterator[Name]:
    new_names = {fold(old): new for table, new, old in step.way_back.columns if fold(table) == now.name.key}
    for column in then.columns:
        if column.generated is None and now.column(name(new_names.get(column.name.key, column.name.text))) is None:
            yield column.name


def wishes_back(allow: frozenset[tuple[str, str]]) -> Wishes:
    """Ask for the remembered order of columns: a column that comes back would stand last otherwise."""
    return Wishes(Policy(allow, column_order=True), Dropping())


def _desired(step: Step, ledger: Ledger, hidden: tuple[tuple[str, str | None], ...]) -> Desired:
    """Give the remembered schema with the renames turned round, and `using` and `undo` changing places."""
    new_tables = {fold(old): new for new, old in step.way_back.tables}
    tables: dict[str, TableHints] = {}
    for entry in step.before.of_kind(ObjectKind.TABLE, ObjectKind.VIRTUAL):
        now = new_tables.get(entry.name.key)
        columns = {
            fold(old): ColumnHints(renamed_from=(name(new),))
            for table, new, old in step.way_back.columns
            if fold(table) == fold(now or entry.name.text)
        }
        for each in _conversions(step, entry.name):
            known = columns.get(each.column.key, ColumnHints())
            columns[each.column.key] = replace(known, using=each.undo, undo=each.using)
        called = {entry.name.key, fold(now or entry.name.text)}
        before = {hints.renamed_from[0].key: column for column, hints in columns.items() if hints.renamed_from}
        for column in (column for table, column in hidden if table in called and column is not None):
            for own in (column, before.get(column, column)):
                columns[own] = replace(columns.get(own, ColumnHints()), sensitive=True)
        whole = any((table, None) in hidden for table in called)
        if now is not None or columns or whole:
            tables[entry.name.key] = TableHints((name(now),) if now is not None else None, columns, whole)
    return Desired(step.before, Hints(tables), (), ledger.table, "")


def _kept_tables(step: Step) -> tuple[KeptTable, ...]:
    out = []
    for entry in step.before.of_kind(ObjectKind.TABLE):
        try:
            table = read_table(entry)
        except Unreadable:
            continue
        out.append(KeptTable(table, _conversions(step, entry.name), bool(step.way_back.undid)))
    return tuple(out)


def _conversions(step: Step, old_table: Name) -> tuple[Conversion, ...]:
    new_names = {fold(old): new for new, old in step.way_back.tables}
    table = fold(new_names.get(old_table.key, old_table.text))
    old_columns = {fold(new): old for t, new, old in step.way_back.columns if fold(t) == table}
    return tuple(
        Conversion(name(old_columns.get(fold(column), column)), using, undo)
        for t, column, using, undo in step.way_back.conversions
        if fold(t) == table
    )
