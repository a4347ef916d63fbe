"""Rebuild by hand: the desired state built directly, and the old rows inserted by SQLite itself.

What SQLite refuses here must be blocked; what it takes without loss must not be (P9). The image that comes out is
what the applied database is compared with (P1, P4, P5).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import ddl
from .contents import quick, scratch_file, value_of
from .model import Schema, Table, affinity, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSALS = {
    "NOT NULL constraint failed": "nulls-in-not-null",
    "UNIQUE constraint failed": "duplicates",
    "CHECK constraint failed": "check-violations",
    "cannot store": "wrong-type",
    "datatype mismatch": "wrong-type",
}


@dataclass(frozen=True)
class Change:
    """What the author wants: the desired schema, and what only they know, as templates over the old names."""

    desired: Schema
    using: dict[int, str] = field(default_factory=dict)
    undo: dict[int, str] = field(default_factory=dict)
    may_rebuild: bool = True


@dataclass(frozen=True)
class Hand:
    """What came of it: the expected database; what must be refused; what needs consent; what may go either way."""

    image: bytes
    refused: tuple[str, ...]
    lossy: tuple[int, ...]
    open: tuple[str, ...]


def rebuild_by_hand(old: Schema, image: bytes, change: Change, encoding: str) -> Hand:
    """Build the desired state and put the old rows into it."""
    with scratch_file(image) as live, scratch_file() as path:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            quick(connection)
            connection.execute(f"PRAGMA encoding = '{encoding}'")
            for statement in ddl.tables_and_indexes(change.desired, inline=False):
                connection.execute(statement)
            connection.execute("ATTACH ? AS live", (str(live),))
            refused, lossy, undecided = _carry(connection, old, change)
            for statement in ddl.views_and_triggers(change.desired):
                connection.execute(statement)
        return Hand(path.read_bytes(), refused, lossy, undecided)


def _carry(
    connection: sqlite3.Connection, old: Schema, change: Change
) -> tuple[tuple[str, ...], tuple[int, ...], tuple[str, ...]]:
    """Put the old rows into the new tables; give what is refused, what is lossy, and what is open."""
    refused, lossy, undecided = [], [], []
    for table in change.desired.tables:
        if table.id in old.ids:
            try:
                connection.execute(copy_sql(old, change, table))
            except (sqlite3.IntegrityError, sqlite3.OperationalError) as error:
                refused.append(_code(error))
    _carry_sequences(connection, old, change.desired)
    for table, column in _conversions(old, change.desired, change.using):
        verdicts = judge(connection, old, change, table, column)
        lossy += [column] * ("lossy" in verdicts)
        refused += verdicts & {"wrong-type"}
        undecided += verdicts & {"open"}
    if not refused:
        more, unsure = _orphans(connection, old, change.desired)
        refused += more
        undecided += unsure
    return tuple(sorted(set(refused))), tuple(lossy), tuple(sorted(set(undecided)))


def copy_sql(old: Schema, change: Change, table: Table) -> str:
    """Write the INSERT … SELECT that carries a table's rows; OR ABORT overrules every conflict clause."""
    before = old.table(table.id)
    pairs: list[tuple[str, str]] = []
    for column in table.stored:
        if column.id in change.using:
            pairs.append((quoted(column.name), old.sql(change.using[column.id])))
        elif before.has(column.id):
            pairs.append((quoted(column.name), f"was.{quoted(before.column(column.id).name)}"))
    key = table.rowid_column
    carried = key is not None and (before.has(key.id) or key.id in change.using)
    if table.rowid_name and before.rowid_name and not carried:
        pairs.append((table.rowid_name, f"was.{before.rowid_name}"))
    names, expressions = (", ".join(part) for part in zip(*pairs, strict=True))
    source = f"live.{quoted(before.name)} AS was"
    return f"INSERT OR ABORT INTO main.{quoted(table.name)} ({names}) SELECT {expressions} FROM {source}"


def judge(connection: sqlite3.Connection, old: Schema, change: Change, table: Table, column: int) -> set[str]:
    """Say how one column's values get through: ok, lossy, wrong-type, or open (the words allow both)."""
    before, was, now = old.table(table.id), old.table(table.id).column(column), table.column(column)
    using, undo = change.using.get(column), change.undo.get(column)
    forth = old.sql(using) if using else f"was.{quoted(was.name)}"
    back = change.desired.sql(undo) if undo else _CAST_BACK.format(quoted(now.name))
    untyped, typed = ("ANY", now.type) if table.strict else ("", now.type)
    connection.execute("DROP TABLE IF EXISTS temp.forth")
    connection.execute("DROP TABLE IF EXISTS temp.back")
    options = " STRICT" if table.strict else ""
    connection.execute(f"CREATE TEMP TABLE forth (the_old {untyped}, {quoted(now.name)} {typed}){options}")
    connection.execute(f"CREATE TEMP TABLE back (the_old, the_new, the_back {was.type if undo else ''})")
    try:
        connection.execute(
            f"INSERT INTO temp.forth SELECT was.{quoted(was.name)}, {forth} FROM live.{quoted(before.name)} AS was"
        )
    except sqlite3.IntegrityError:
        return {"wrong-type"}
    connection.execute(f"INSERT INTO temp.back SELECT the_old, {quoted(now.name)}, {back} FROM temp.forth")
    connection.text_factory = bytes
    parts = "typeof(the_old), the_old, typeof(the_new), the_new, typeof(the_back), the_back"
    rows = connection.execute(f"SELECT {parts} FROM temp.back").fetchall()
    connection.text_factory = str
    target = affinity(now.type, strict=table.strict)
    return {_judge_row(row, target, using=using, undo=undo) for row in rows}


_CAST_BACK = (
    "CASE typeof(the_old) WHEN 'integer' THEN CAST({0} AS INTEGER) WHEN 'real' THEN CAST({0} AS REAL)"
    " WHEN 'text' THEN CAST({0} AS TEXT) WHEN 'blob' THEN CAST({0} AS BLOB) END"
)


def _judge_row(row: tuple, target: str, *, using: str | None, undo: str | None) -> str:
    old, new, back = (value_of(row[at], row[at + 1]) for at in (0, 2, 4))
    numbers = {"integer", "real"}
    if old == new and not using:
        misfits = {"INTEGER": ("text", "blob", "real"), "REAL": ("text", "blob"), "TEXT": ("blob",)}
        if new[0] == "text" and target in ("INTEGER", "REAL"):
            return "wrong-type"
        return "open" if new[0] in misfits.get(target, ("text", "blob") if target == "NUMERIC" else ()) else "ok"
    if old == back:
        whole = not using and {old[0], new[0]} == numbers
        # '1.5' in an INTEGER column is 1.5, and comes back; but it is no integer, and may be refused as such.
        misfit = target == "INTEGER" and new[0] == "real"
        return "open" if whole or misfit or (using and not undo) else "ok"
    if using and old == new:
        return "open"
    return "open" if {old[0], back[0]} <= numbers and row[1] == row[5] else "lossy"


def _conversions(old: Schema, desired: Schema, using: dict[int, str]) -> Iterator[tuple[Table, int]]:
    """Give the columns whose stored form changes."""
    for table in desired.tables:
        if table.id not in old.ids:
            continue
        before = old.table(table.id)
        for column in table.stored:
            if not before.has(column.id) or before.column(column.id).generated:
                continue
            forms = (before.column(column.id).type, before.strict), (column.type, table.strict)
            if column.id in using or len({affinity(kind, strict=strict) for kind, strict in forms}) > 1:
                yield table, column.id


def _carry_sequences(connection: sqlite3.Connection, old: Schema, desired: Schema) -> None:
    """Carry the high-water marks over, as a rebuild must."""
    if not any(table.primary_key and table.primary_key.autoincrement for table in old.tables):
        return
    marks = dict(connection.execute("SELECT name, seq FROM live.sqlite_sequence").fetchall())
    for table in desired.tables:
        if table.id in old.ids and table.primary_key and table.primary_key.autoincrement:
            mark = marks.get(old.table(table.id).name)
            if mark is not None:
                connection.execute("DELETE FROM main.sqlite_sequence WHERE name = ?", (table.name,))
                connection.execute("INSERT INTO main.sqlite_sequence VALUES (?, ?)", (table.name, mark))


def _orphans(connection: sqlite3.Connection, old: Schema, desired: Schema) -> tuple[list[str], list[str]]:
    """Compare violations by foreign key: more than before is refused, the same under a changed key is open."""
    before = _violations(connection, "live", old)
    after = _violations(connection, "main", desired)
    refused, undecided = [], []
    for key, count in after.items():
        if count and key not in before:
            same_columns = any(known[:3] == key[:3] for known in before)
            (undecided if same_columns and count <= before_count(before, key) else refused).append("orphans")
        elif count > before.get(key, 0):
            refused.append("orphans")
    return refused, undecided


def before_count(before: Counter[tuple], key: tuple) -> int:
    """Count the violations that the same columns had before, under another definition."""
    return max(count for known, count in before.items() if known[:3] == key[:3])


def _violations(connection: sqlite3.Connection, place: str, schema: Schema) -> Counter[tuple]:
    """Count violations by (child table, child columns, parent, definition), in hidden ids; known keys count 0."""
    found: Counter[tuple] = Counter()
    for table in schema.tables:
        ids = {column.name.lower(): column.id for column in table.columns}
        keys: dict[int, list[int]] = {}
        parents = {}
        for number, _, parent, child, *_ in connection.execute(
            f"PRAGMA {place}.foreign_key_list({quoted(table.name)})"
        ):
            keys.setdefault(number, []).append(ids[child.lower()])
            parents[number] = parent
        named = {other.name.lower(): other.id for other in schema.tables}
        identity = {}
        for number, columns in keys.items():
            parent = named[parents[number].lower()]
            definition = next(k for k in table.foreign_keys if k.columns == tuple(columns) and k.target == parent)
            identity[number] = (table.id, tuple(columns), parent, definition)
            found[identity[number]] += 0
        for _, _, _, number in connection.execute(f"PRAGMA {place}.foreign_key_check({quoted(table.name)})"):
            found[identity[number]] += 1
    return found


def _code(error: sqlite3.Error) -> str:
    for start, code in REFUSALS.items():
        if str(error).startswith(start):
            return code
    raise error
