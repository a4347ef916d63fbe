"""Verify: what must hold of the whole database before COMMIT, compared with what held before the first write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconcile.apply.places import Places, pages_move, places_before, refuse_elsewhere
from reconcile.database.inspect import inspect
from reconcile.diff.changes import Alter, Renames
from reconcile.diff.compare import compare, described, is_cosmetic
from reconcile.errors import VerificationError
from reconcile.model.hints import Hints
from reconcile.model.reading import read_table
from reconcile.model.schema import ObjectKind
from reconcile.plan.closure import Looks, every_look, known_keys, looks
from reconcile.plan.steps import Method, Plan
from reconcile.preview.units import counted
from reconcile.sql.names import Name, fold, literal, quote

_BROKEN_KEYS = """
    SELECT v.parent, count(*), (SELECT group_concat(k."from", char(0)) FROM
        (SELECT "from" FROM pragma_foreign_key_list({table}) WHERE id = v.fkid ORDER BY seq) AS k)
    FROM pragma_foreign_key_check({table}) AS v GROUP BY v.parent, v.fkid
"""
_HINT = "the previous state is back; please report this"


Violated = tuple[str, str, str]
"""A foreign key that rows break: its table, its columns (with NUL between them), and its parent, folded."""


@dataclass(frozen=True, slots=True)
class Before:
    """The state before the first write, under the names of after.

    `looks` is what is looked at, `places` where the tables lie (None where pages move); `counts` are rows by table;
    `violations` are broken foreign keys; `unchecked` the folded tables on which foreign_key_check itself fails, as it
    does on keys that SQLite cannot check; `unusable` are statements that SQLite cannot compile, by (table, verb).
    """

    looks: Looks
    places: Places | None
    counts: dict[Name, int]
    violations: dict[Violated, int]
    unchecked: frozenset[str]
    unusable: frozenset[tuple[Name, str]] = frozenset()


def before(connection: sqlite3.Connection, plan: Plan) -> Before:
    """Count the rows and broken foreign keys of every table whose rows the plan could touch, or what points to them."""
    moving = pages_move(connection)
    looked = every_look(plan) if moving else looks(plan)
    # A foreign key may point to a table that is not there.
    rows, keyed = (_there(connection, plan, tables) for tables in (looked.counted, looked.checked))
    counts = {new: _count(connection, old) for old, new in rows.items()}
    changed = {table: plan.renames.old_table(table) for table in _changed(plan)}
    unusable = frozenset(_unusable(connection, changed, "before"))
    places = None if moving else places_before(connection, plan, looked)
    return Before(looked, places, counts, *_violations(connection, keyed, plan.renames), unusable)


class SupposedError(VerificationError):
    """What a plan supposed of the rows instead of asking does not hold, or cannot be proven: it has to be asked."""


def verify(
    connection: sqlite3.Connection, plan: Plan, was: Before, hints: Hints, hidden: Iterable[str]
) -> tuple[str, ...]:
    """Raise VerificationError unless the schema is the target, no row went missing, and no foreign key broke.

    Raises SupposedError instead where the plan put questions off. Gives what was broken before we began: reported, and
    not blamed on us.
    """
    try:
        return _verified(connection, plan, was, hints, hidden)
    except VerificationError as error:
        if plan.facts.put_off:
            raise SupposedError(error.message, code=error.code, hint=error.hint) from error
        raise


def _verified(
    connection: sqlite3.Connection, plan: Plan, was: Before, hints: Hints, hidden: Iterable[str]
) -> tuple[str, ...]:
    _schema(connection, plan, hints, hidden)
    _usable(connection, plan, was)
    if was.places is not None:
        refuse_elsewhere(connection, plan, was.looks, was.places)
    for table, count in was.counts.items():
        if plan.target.find(ObjectKind.TABLE, table) is None:
            continue
        now = _count(connection, table)
        if now != count:
            message = f"table {table} had {count:,} rows and would have {now:,}"
            raise VerificationError(message, code="row-count", hint=_HINT)
    stood = _foreign_keys(connection, plan, was)
    _quick_checks(connection, plan)
    return tuple(
        f"{counted(count, 'row')} of {child} pointed to no row of {parent} before, as now"
        for (child, _, parent), count in sorted(stood.items())
    )


def refuse_new(before_: frozenset[str], after: frozenset[str]) -> None:
    """Raise VerificationError where integrity_check says something that it did not say before."""
    if new := sorted(after - before_):
        raise VerificationError(f"integrity_check: {new[0]}", code="integrity-check", hint=_HINT)


def _schema(connection: sqlite3.Connection, plan: Plan, hints: Hints, hidden: Iterable[str]) -> None:
    difference = compare(inspect(connection, hidden), plan.target, hints)
    wrong = [change for change in difference.changes if not is_cosmetic(change)]
    if wrong:
        message = f"the schema read back is not the target: {described(wrong[0])}"
        raise VerificationError(message, code="schema-differs", hint=_HINT)


def _there(connection: sqlite3.Connection, plan: Plan, tables: tuple[Name, ...]) -> dict[Name, Name]:
    """Give the name that each table has now, with the one that it will have; those that are not there yet left out."""
    olds = {plan.renames.old_table(table): table for table in tables}
    return {old: new for old, new in olds.items() if _is_there(connection, old)}


def _changed(plan: Plan) -> Iterator[Name]:
    """Yield the tables that stay themselves, and are changed by ALTER or in the catalog: no CREATE compiled those."""
    for work in plan.works:
        if isinstance(work.change, Alter) and work.method in (Method.CATALOG, Method.IN_PLACE):
            yield work.change.entries.new.name


def _usable(connection: sqlite3.Connection, plan: Plan, was: Before) -> None:
    """Raise unless every statement on a changed table compiles that did before, its triggers too."""
    now = _unusable(connection, {table: table for table in _changed(plan)}, "after")
    for table, verb in sorted(now.keys() - was.unusable):
        message = f"{verb} of {table} would not work: {now[table, verb]}"
        raise VerificationError(message, code="not-usable", hint=_HINT)


def _unusable(connection: sqlite3.Connection, tables: dict[Name, Name], moment: str) -> dict[tuple[Name, str], str]:
    """Compile every kind of statement on each table (name after -> name now), and give SQLite's words where it fails.

    EXPLAIN compiles and runs nothing. `moment` is written into it: a cached one would never see the schema change.
    """
    out = {}
    for after, now in tables.items():
        rows = connection.execute("SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0", (now.text,))
        columns = ", ".join(f"{column} = {column}" for column in (quote(row[0]) for row in rows))
        table = f"main.{now.quoted}"
        verbs = {"SELECT": f"SELECT * FROM {table}", "INSERT": f"INSERT INTO {table} DEFAULT VALUES"}
        verbs |= {"UPDATE": f"UPDATE {table} SET {columns}", "DELETE": f"DELETE FROM {table}"}
        for verb, sql in verbs.items():
            try:
                connection.execute(f"EXPLAIN /* {moment} */ {sql}").fetchall()
            except sqlite3.OperationalError as error:
                out[after, verb] = str(error)
    return out


def _foreign_keys(connection: sqlite3.Connection, plan: Plan, was: Before) -> dict[Violated, int]:
    """Raise unless every foreign key that is broken was so before; give those."""
    tables = {table: table for table in was.looks.checked if plan.target.find(ObjectKind.TABLE, table) is not None}
    now, _ = _violations(connection, tables, Renames())
    for key, count in now.items():
        # What could not be checked before, and can be now, may have been broken all along.
        if key[0] not in was.unchecked and count > was.violations.get(key, 0):
            raise _newly_broken(key, count)
    return was.violations | _new_keys(connection, plan, was.looks.anew)


def _new_keys(connection: sqlite3.Connection, plan: Plan, tables: tuple[Name, ...]) -> dict[Violated, int]:
    """Raise unless every row fits the foreign keys that tables got; give what does not fit those that they had.

    These point where they did, and neither half was written: whatever they find, they found before.
    """
    changes = {work.change.entries.new.name: work.change for work in plan.works if isinstance(work.change, Alter)}
    stood = {
        (table.key, "\0".join(column.key for column in columns), parent.key)
        for table in tables
        for columns, parent in known_keys(changes[table])
    }
    now, unchecked = _violations(connection, {table: table for table in tables}, Renames())
    for key, count in now.items():
        if key not in stood:
            raise _newly_broken(key, count)
    proven = {table.key for table in tables} - unchecked
    for question in plan.facts.put_off:
        if question.table.key not in proven:
            message = f"SQLite cannot check the foreign keys of {question.table}"
            raise VerificationError(message, code="foreign-keys", hint=_HINT)
    return now


def _newly_broken(key: Violated, count: int) -> VerificationError:
    message = f"{counted(count, 'row')} of {key[0]} would point to no row of {key[2]}"
    return VerificationError(message, code="foreign-keys", hint=_HINT)


def _violations(
    connection: sqlite3.Connection, tables: dict[Name, Name], renames: Renames
) -> tuple[dict[Violated, int], frozenset[str]]:
    """Count broken foreign keys of the tables in `tables` (name now -> name after), under the names of after.

    Beside them stand the folded tables that cannot be checked.
    """
    new_tables = {pair.old.key: pair.new.key for pair in renames.tables}
    out: dict[Violated, int] = {}
    unchecked: set[str] = set()
    for old, new in tables.items():
        new_columns = {r.names.old.key: r.names.new.key for r in renames.columns if r.table == new}
        try:
            found = connection.execute(_BROKEN_KEYS.format(table=literal(old.text))).fetchall()
        except sqlite3.OperationalError as error:
            # A full disk is one too, met by a read that spills; SQLite has then rolled back, and must not be ignored.
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            # "foreign key mismatch": a fault from before, or one that the target itself declares.
            unchecked.add(new.key)
            continue
        for parent, count, columns in found:
            own = "\0".join(new_columns.get(fold(column), fold(column)) for column in columns.split("\0"))
            key = (new.key, own, new_tables.get(fold(parent), fold(parent)))
            # The same key may be declared twice; it is as broken as before, and not twice as much.
            out[key] = max(count, out.get(key, 0))
    return out, frozenset(unchecked)


def _is_there(connection: sqlite3.Connection, table: Name) -> bool:
    query = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE"
    return connection.execute(query, (table.text,)).fetchone() is not None


def _count(connection: sqlite3.Connection, table: Name) -> int:
    found: int = connection.execute(f"SELECT count(*) FROM main.{table.quoted}").fetchone()[0]
    return found


def _quick_checks(connection: sqlite3.Connection, plan: Plan) -> None:
    """Check the pages of every rebuilt table. Its indexes are fresh, so the full integrity_check adds nothing."""
    for work in plan.works:
        if work.method is not Method.REBUILD or not isinstance(work.change, Alter):
            continue
        table = work.change.entries.new.name
        lines = [row[0] for row in connection.execute(f"PRAGMA main.quick_check({table.quoted})")]
        wrong = [line for line in lines if line != "ok" and not _false_alarm(connection, table, str(line), plan)]
        if wrong:
            raise VerificationError(f"quick_check of {table}: {wrong[0]}", code="quick-check", hint=_HINT)


def _false_alarm(connection: sqlite3.Connection, table: Name, line: str, plan: Plan) -> bool:
    """Say whether a "NULL value" line is wrong: SQLite 3.40 raises it on sound rows of some WITHOUT ROWID tables."""
    entry = plan.target.find(ObjectKind.TABLE, table)
    if entry is None or not line.startswith("NULL value in "):
        return False
    for column in read_table(entry).columns:
        if line == f"NULL value in {table}.{column.name}":
            query = f"SELECT count(*) FROM main.{table.quoted} AS t WHERE +t.{column.name.quoted} IS NULL"
            return bool(connection.execute(query).fetchone()[0] == 0)
    return False
