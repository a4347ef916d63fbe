"""Judge a database by one that was built directly from the desired state, never through reconcile.

A portrait is a mapping of plain facts: what PRAGMAs tell, what only the stored text tells (names of
constraints, CHECKs, collations, conflict clauses, deferral, generated expressions), and a bag of the bytecode that
SQLite itself compiles for writing and sorting each table. Two portraits differ or they do not.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

from reader import clauses, fold, folded, tokens

HISTORY = "schema_version"
_STOPS = frozenset(("Halt", "HaltIfNull"))
_RECORDS = frozenset(("Affinity", "MakeRecord"))
_CHECK_FAILED = 275  # SQLITE_CONSTRAINT_CHECK: the message is the name or the text, which the clauses compare
# What only sets up a program, or moves values between registers, changes with the order of columns and indexes.
_QUIET = frozenset("Init Transaction Goto Noop Trace Column Copy SCopy IntCopy Null Once Rowid IdxRowid".split())

Portrait = dict[str, object]


def differences(
    actual: sqlite3.Connection,
    expected: sqlite3.Connection,
    *,
    column_order: bool = False,
    history: str = HISTORY,
) -> list[str]:
    """Say, one line a fact, where `actual` is not what `expected` is; the history is ours and no part of it."""
    names = {fold(name) for (name,) in expected.execute("SELECT name FROM sqlite_schema")}
    hidden = {history, f"{history}_reconcile"} - names
    got = portrait(actual, hidden, column_order=column_order)
    want = portrait(expected, hidden, column_order=column_order)
    return [
        f"{key}\n      expected {want.get(key, '(nothing)')}\n      actual   {got.get(key, '(nothing)')}"
        for key in sorted(got.keys() | want.keys())
        if got.get(key) != want.get(key)
    ]


def portrait(connection: sqlite3.Connection, hidden: set[str], *, column_order: bool = False) -> Portrait:
    facts: Portrait = {}
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    kinds = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA main.table_list")}
    for kind, name, owner, sql in rows:
        if sql is None or fold(name).startswith("sqlite_") or fold(owner) in hidden:
            continue
        key = f"{kind} {name}"
        facts[key] = "exists"
        facts[f"{key}: on"] = fold(owner)
        if kinds.get(name) == "shadow":
            continue  # its text is its module's: RENAME writes the name without the quotes that CREATE gives it
        if kind == "table" and kinds.get(name) != "virtual":
            facts |= _table(connection, key, name, sql, column_order=column_order)
        else:
            facts[f"{key}: text"] = folded(
                [token for token in tokens(sql) if token.keyword != "asc" or kind != "index"]
            )
        if kind == "view":
            facts[f"{key}: columns"] = _view_columns(connection, name)
    with closing(_without_statistics(connection)) as scratch:
        for kind, name, *_ in rows:
            if kind == "table" and f"table {name}: options" in facts:
                facts |= _bytecode(scratch, name)
    return facts


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(connection: sqlite3.Connection, key: str, name: str, sql: str, *, column_order: bool) -> Portrait:
    facts: Portrait = {}
    ((without_rowid, strict),) = connection.execute(
        "SELECT wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?", (name,)
    )
    facts[f"{key}: options"] = {"without rowid": without_rowid, "strict": strict}
    columns = connection.execute(
        "SELECT name, type, [notnull], dflt_value, pk, hidden FROM pragma_table_xinfo(?)", (name,)
    ).fetchall()
    if column_order:
        facts[f"{key}: order"] = [column for column, *_ in columns]
    for column, declared, *rest in columns:
        facts[f"{key}: column {column}"] = (folded(tokens(declared)), *rest)
    facts[f"{key}: indexes"] = sorted(
        (unique, origin, partial, _index_columns(connection, index))
        for index, unique, origin, partial in connection.execute(
            "SELECT name, [unique], origin, partial FROM pragma_index_list(?)", (name,)
        )
    )
    facts[f"{key}: foreign keys"] = _foreign_keys(connection, name)
    text = clauses(sql)
    for column, own in text.columns.items():
        facts[f"{key}: text of {column}"] = own
    facts[f"{key}: constraints"] = sorted(text.constraints.elements())
    return facts


def _index_columns(connection: sqlite3.Connection, index: str) -> str:
    columns = connection.execute(
        "SELECT name, cid, [desc], coll FROM pragma_index_xinfo(?) WHERE [key] ORDER BY seqno", (index,)
    )
    return ", ".join(
        f"{'(expression)' if place == -2 else fold(name or 'rowid')}{' DESC' * down} {fold(collation or '')}"
        for name, place, down, collation in columns
    )


def _foreign_keys(connection: sqlite3.Connection, name: str) -> list[tuple[object, ...]]:
    found: dict[int, list[tuple[object, ...]]] = {}
    for number, _, parent, child, to, *actions in connection.execute(
        "SELECT id, seq, [table], [from], [to], on_update, on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq",
        (name,),
    ):
        found.setdefault(number, [(fold(parent), *actions)]).append((fold(child), to and fold(to)))
    return sorted((tuple(key) for key in found.values()), key=repr)


def _view_columns(connection: sqlite3.Connection, name: str) -> object:
    try:
        return [row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (name,))]
    except sqlite3.Error as error:
        return str(error)


def _without_statistics(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Copy the database, so that ANALYZE's numbers do not choose another plan than in an empty database."""
    scratch = sqlite3.connect(":memory:", isolation_level=None)
    connection.backup(scratch)
    for (name,) in scratch.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite^_stat_' ESCAPE '^'"):
        scratch.execute(f"DELETE FROM {quoted(name)}")
        scratch.execute("ANALYZE sqlite_schema")
    scratch.execute("PRAGMA foreign_keys = ON")
    return scratch


def _bytecode(scratch: sqlite3.Connection, name: str) -> Portrait:
    table = quoted(name)
    columns = sorted(
        column
        for column, hidden in scratch.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (name,))
        if hidden == 0
    )
    names = ", ".join(map(quoted, columns))
    values = ", ".join("?" * len(columns))
    statements = {"insert": f"INSERT INTO {table} ({names}) VALUES ({values})", "delete": f"DELETE FROM {table}"}
    statements |= {f"update of {column}": f"UPDATE {table} SET {quoted(column)} = ?" for column in columns}
    statements |= {
        f"order by {column}": f"SELECT 1 FROM {table} ORDER BY {table}.{quoted(column)}" for column in columns
    }
    roots = _roots(scratch)
    return {
        f"table {name}: bytecode of {what}": _bag(scratch, sql, sql.count("?"), roots)
        for what, sql in statements.items()
    }


def _roots(scratch: sqlite3.Connection) -> dict[int, str]:
    return {
        root: fold(name) if sql else f"key of {fold(owner)} ({_index_columns(scratch, name)})"
        for name, owner, root, sql in scratch.execute("SELECT name, tbl_name, rootpage, sql FROM sqlite_schema")
        if root
    }


def _bag(scratch: sqlite3.Connection, sql: str, parameters: int, roots: dict[int, str]) -> object:
    """Collect what a statement does, without registers and jumps: those move with the order of columns."""
    try:
        program = scratch.execute(f"EXPLAIN {sql}", [None] * parameters).fetchall()
    except sqlite3.Error as error:
        return str(error)
    bag: Counter[str] = Counter()
    for _, operation, p1, p2, _, p4, p5, *_ in program:
        if operation in _QUIET:
            continue
        detail = [str(p4 or "")]
        if operation in ("OpenRead", "OpenWrite"):
            detail = [roots.get(p2, "?")]
        elif operation in _RECORDS:
            detail = ["".join(sorted(p4 or ""))]
        elif operation in _STOPS:
            message = "CHECK" if p1 == _CHECK_FAILED else detail[0]
            detail = [message, str(p1), str(p2 if operation == "Halt" else ""), str(p5)]
        elif operation == "Integer":
            detail = [str(p1)]
        elif detail[0].startswith(("vtab:", "sqlite_autoindex_")):
            detail = []
        bag[" ".join([operation, *detail])] += 1
    return sorted(bag.items())
