"""Places: a table is told, whatever it is called, by the page where its rows begin; a column by its number.

SQLite moves no root page (fileformat2.html, section 2.6) but those of a file with auto_vacuum, when something is
dropped. So what lies where it lay holds the very rows that it held, and a foreign key between the same columns of the
same tables finds what it found. Neither takes a look at all the rows. What is dropped and made anew may get the page
that became free, so the first and the last row are looked for, too.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconcile.diff.changes import Alter
from reconcile.errors import VerificationError
from reconcile.plan.closure import Looks, closure, staying
from reconcile.plan.steps import Plan
from reconcile.sql.names import Name, fold, literal

_HINT = "the previous state is back; please report this"
_KEYS = """
    SELECT c.name, f.id, f."table", f."from", f."to"
    FROM main.sqlite_schema AS c, pragma_foreign_key_list(c.name, 'main') AS f
    WHERE c.type = 'table' AND c.name COLLATE NOCASE IN ({tables}) ORDER BY c.name, f.id, f.seq
"""
_COLUMNS = """
    SELECT c.name, x.name, x.cid FROM main.sqlite_schema AS c, pragma_table_xinfo(c.name, 'main') AS x
    WHERE c.type = 'table' AND c.name COLLATE NOCASE IN ({tables})
"""

ForeignKey = tuple[int | str, tuple[tuple[int | str | None, int | str | None], ...]]
"""The parent's root page, or its folded name where it is not there, and the columns of both, by number."""


@dataclass(frozen=True, slots=True)
class Places:
    """By the names of after: where each table lies that is not rewritten, and the foreign keys of followed ones.

    `ends` tell of those that the plan comes near whether they have rows, and the first and the last rowid, where SQL
    can reach them: a new column may hide them.
    """

    roots: Mapping[Name, int]
    ends: Mapping[Name, tuple[object, ...]]
    keys: Mapping[Name, list[ForeignKey]]


def pages_move(connection: sqlite3.Connection) -> bool:
    """Say whether a root page may go elsewhere, to keep the file without gaps."""
    return bool(connection.execute("PRAGMA main.auto_vacuum").fetchone()[0])


def places_before(connection: sqlite3.Connection, plan: Plan, looks: Looks) -> Places:
    """Give the places before the first step."""
    followed = {table: plan.renames.old_table(table) for table in looks.followed}
    return _places(connection, plan, {pair.new: pair.old for pair in staying(plan)}, followed)


def refuse_elsewhere(connection: sqlite3.Connection, plan: Plan, looks: Looks, was: Places) -> None:
    """Raise VerificationError where a table lies elsewhere, or a foreign key is between other columns, than before."""
    stayed = {pair.new: pair.new for pair in staying(plan)}
    now = _places(connection, plan, stayed, {table: table for table in looks.followed})
    for table, root in was.roots.items():
        ends = zip(now.ends.get(table, ()), was.ends.get(table, ()), strict=False)
        if now.roots.get(table) != root or any(end != before for end, before in ends):
            message = f"table {table} would hold other rows: it does not lie where it lay"
            raise VerificationError(message, code="root-page", hint=_HINT)
    for table, keys in was.keys.items():
        if now.keys[table] != keys:
            raise VerificationError(f"a foreign key of {table} would point elsewhere", code="foreign-keys", hint=_HINT)


def _places(connection: sqlite3.Connection, plan: Plan, tables: dict[Name, Name], followed: dict[Name, Name]) -> Places:
    """Give the places of tables, and the foreign keys of those in `followed`: name after -> name now."""
    found = connection.execute("SELECT name, rootpage FROM main.sqlite_schema WHERE type = 'table'")
    roots = {fold(name): int(root) for name, root in found}
    lying = {after: roots[now.key] for after, now in tables.items() if now.key in roots}
    near = {*closure(plan), *(work.change.entries.new.name for work in plan.works if isinstance(work.change, Alter))}
    ends = _ends(connection, {after: tables[after] for after in near & lying.keys()})
    return Places(lying, ends, _keys(connection, followed, roots) if followed else {})


def _ends(connection: sqlite3.Connection, tables: dict[Name, Name]) -> dict[Name, tuple[object, ...]]:
    """Give by name of after whether a table has rows, and its first and last rowid where SQL can reach them."""
    columns: dict[str, set[str]] = defaultdict(set)
    for table, column, _ in connection.execute(_COLUMNS.format(tables=_listed(now.text for now in tables.values()))):
        columns[fold(table)].add(fold(column))
    found = connection.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr")
    without = {fold(row[0]) for row in found}
    out = {}
    for after, now in sorted(tables.items()):
        free = [each for each in ("rowid", "_rowid_", "oid") if each not in columns[now.key]]
        asked = [f"EXISTS (SELECT 1 FROM main.{now.quoted})"]
        if free and now.key not in without:
            asked += [f"(SELECT {end}({free[0]}) FROM main.{now.quoted})" for end in ("min", "max")]
        out[after] = tuple(connection.execute(f"SELECT {', '.join(asked)}").fetchone())
    return out


def _keys(
    connection: sqlite3.Connection, tables: dict[Name, Name], roots: dict[str, int]
) -> dict[Name, list[ForeignKey]]:
    found = connection.execute(_KEYS.format(tables=_listed(now.text for now in tables.values()))).fetchall()
    named = {row[0] for row in found} | {row[2] for row in found}
    columns = connection.execute(_COLUMNS.format(tables=_listed(named))).fetchall()
    numbers = {(fold(table), fold(column)): int(number) for table, column, number in columns}
    parents: dict[tuple[str, int], int | str] = {}
    pairs: dict[tuple[str, int], list[tuple[int | str | None, int | str | None]]] = defaultdict(list)
    for child, id_, parent, own, other in found:
        key = (fold(child), id_)
        parents[key] = roots.get(fold(parent), fold(parent))
        pairs[key].append((_number(child, own, numbers), _number(parent, other, numbers)))
    out: dict[str, list[ForeignKey]] = defaultdict(list)
    for key, parent in parents.items():
        out[key[0]].append((parent, tuple(pairs[key])))
    return {after: sorted(out[now.key], key=repr) for after, now in tables.items()}


def _number(table: str, column: str | None, numbers: dict[tuple[str, str], int]) -> int | str | None:
    """Give a column's number; its name where it is not there, and None for what a primary key says."""
    return numbers.get((fold(table), fold(column)), fold(column)) if column is not None else None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(names)))
