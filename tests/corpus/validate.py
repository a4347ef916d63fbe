"""Build every case without the program: `python tests/corpus/validate.py [name]...`.

The rows are carried into the expected database by hand, as the case says, and the probes run there: a case whose own
claims contradict each other is found before reconcile is blamed.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from case import Case, load_all
from oracle import differences, portrait, quoted
from reader import fold
from rows import faults, lost, row_tables, rowid, state


def main(names: list[str]) -> int:
    bad = 0
    cases = [case for case in load_all() if not names or str(case) in names]
    for case in cases:
        with TemporaryDirectory() as folder:
            try:
                complaints = complaints_about(case, Path(folder))
            except (sqlite3.Error, ValueError, OSError) as error:
                complaints = [f"{type(error).__name__}: {error}"]
        bad += bool(complaints)
        for complaint in complaints:
            print(f"{case}: {complaint}")
    print(f"{len(cases)} cases, {bad} bad")
    return bool(bad)


def complaints_about(case: Case, folder: Path) -> list[str]:
    case.build(folder / "before.db", case.before, case.text("rows.sql"), case.drift)
    case.build(folder / "after.db", case.after)
    complaints = []
    with (
        closing(case.connect(folder / "before.db")) as before,
        closing(case.connect(folder / "after.db")) as after,
    ):
        counts = [_count(before, name) for name in row_tables(before)]
        if not any(counts):
            complaints.append("no rows")
        _read_yaml(case)
        if case.ends == "in sync" and (case.folder / "after.expected.sql").exists():
            complaints.append("in sync, yet there is an after.expected.sql")
        if case.ends in ("applied", "in sync"):
            same = not differences(before, after, column_order=True)
            if case.changes and same and not case.fresh:
                complaints.append("nothing changes")
            _carry(case, folder, before, after)
            complaints += lost(before, after, tables=case.tables, values=case.values, fresh=case.fresh)
            complaints += [f"new fault: {fault}" for fault in faults(after, case.tables) - faults(before)]
        else:
            portrait(before, set())
            state(before)
            after.close()
            (folder / "after.db").write_bytes((folder / "before.db").read_bytes())
    with closing(case.connect(folder / "after.db")) as after:
        complaints += [line for line in case.probe(after) if case.history not in line]  # only apply records
    return complaints


def _read_yaml(case: Case) -> None:
    said = yaml.load(case.text("schema.yaml"), Loader=yaml.BaseLoader)  # noqa: S506 - scalars stay text
    if case.ends not in ("invalid", "refused") and said.get("version") != "1":
        raise ValueError("schema.yaml has no version: 1")


def _carry(case: Case, folder: Path, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    """Move the rows as the case says they move: what a careful person would write by hand."""
    triggers = after.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        after.execute(f"DROP TRIGGER {quoted(name)}")
    after.execute("ATTACH ? AS was", (str(folder / "before.db"),))
    was = {fold(name): name for name in row_tables(before)}
    for name in row_tables(after):
        old = was.get(fold(case.tables.get(name, name)))
        if old is None or any(name == table or name.startswith(f"{table}_") for table in case.fresh):
            continue
        _copy(case, before, after, old, name)
    for table in ("sqlite_sequence", "sqlite_stat1", "sqlite_stat4"):
        _copy_notes(case, before, after, table)
    after.execute("DETACH was")
    for table in case.fresh:
        after.execute(f"INSERT INTO {quoted(table)} ({quoted(table)}) VALUES ('rebuild')")
    for _, sql in triggers:
        after.execute(sql)


def _copy(case: Case, before: sqlite3.Connection, after: sqlite3.Connection, old: str, new: str) -> None:
    values = case.values.get(new, {})
    theirs = {fold(row[0]) for row in before.execute("SELECT name FROM pragma_table_xinfo(?)", (old,))}
    pairs = [
        (quoted(column), values.get(column, f"{quoted(old)}.{quoted(column)}"))
        for column, hidden in after.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (new,))
        if not hidden and (column in values or fold(column) in theirs)
    ]
    alias = rowid(before, old), rowid(after, new)
    if all(alias):
        pairs.insert(0, (alias[1], values.get("rowid", f"{quoted(old)}.{alias[0]}")))
    into = ", ".join(column for column, _ in pairs)
    reads = ", ".join(value for _, value in pairs)
    after.execute(f"DELETE FROM main.{quoted(new)}")
    after.execute(f"INSERT INTO main.{quoted(new)} ({into}) SELECT {reads} FROM was.{quoted(old)}")


def _copy_notes(case: Case, before: sqlite3.Connection, after: sqlite3.Connection, table: str) -> None:
    here = {name for (name,) in after.execute("SELECT name FROM sqlite_schema")}
    if not before.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone():
        return
    if table == "sqlite_stat1":
        after.execute("ANALYZE main")  # not the one that is attached
    if not after.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone():
        return
    key = "name" if table == "sqlite_sequence" else "tbl"
    names = {old: new for new, old in case.tables.items()}
    rows = [(names.get(name, name), *rest) for name, *rest in before.execute(f"SELECT * FROM {table}")]
    for row in rows:
        after.execute(f"DELETE FROM {table} WHERE {key} = ?", row[:1])
    for row in rows:
        if row[0] in here:
            after.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _count(connection: sqlite3.Connection, table: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
