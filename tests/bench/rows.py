"""What changes cost on many rows: what is independent of them, one scan, the rebuild, its proof, the backup."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from measure import RECONCILE, Aim, Cost, head, here, process, tell

import reconcile
from reconcile.plan.steps import Prove

_COLUMNS = {
    "id": "INTEGER PRIMARY KEY",
    "email": "TEXT NOT NULL",
    "pid": "INTEGER REFERENCES p (id)",
    "ts": "INTEGER",
    "price": "REAL",
    "body": "TEXT",
    "flag": "INTEGER CHECK (flag >= 0)",
    "note": "TEXT NOT NULL",
}
_INDEXES = ("CREATE INDEX by_email ON t (email)", "CREATE INDEX by_pid ON t (pid, ts)")
_FILL = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
    INSERT INTO t SELECT i, hex(randomblob(8)), 1 + abs(random()) % 1000, 1700000000 + i,
        (abs(random()) % 10000) / 100.0, 'a longer text that fills the row a little ' || i, i % 7, 'note ' || i % 100
    FROM n
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A schema file of the benchmark: table ``t`` (or what it is called by then), its columns, and what was renamed."""

    columns: dict[str, str]
    table: str = "t"
    renamed: str = ""
    view: str = ""

    def write(self, path: str = "wanted.yaml") -> str:
        lines = ["version: 1", "tables:", "  p:", "    columns:", "      id: INTEGER PRIMARY KEY", "      name: TEXT"]
        lines += [f"  {self.table}:", *([f"    {self.renamed}"] if self.renamed else []), "    columns:"]
        lines += [f"      {name}: {definition}" for name, definition in self.columns.items()]
        lines += ["    indexes:", "      by_email: (email)", "      by_pid: (pid, ts)"]
        lines += ["views:", f"  v: {self.view}"] if self.view else []
        Path(path).write_text("\n".join(lines) + "\n")
        return path

    def having(self, **columns: str) -> Wanted:
        return replace(self, columns=self.columns | columns, renamed="")


def measure(rows: int) -> None:
    for name, count in (("small.db", 5_000), ("big.db", rows)):
        _fill(name, count)
    size = Path("big.db").stat().st_size / 1e6
    print(f"\n{rows:,} rows x 8 columns, 2 indexes, a CHECK and a foreign key: {size:,.0f} MB", flush=True)
    _metadata(rows)
    _scans(rows)
    _rebuild(rows)
    _backup()


def _metadata(rows: int) -> None:
    """Apply changes that need no look at the rows, one after the other, at 5,000 and at many rows."""
    _copy()
    head(f"Changes of metadata only, apply without backup: at 5,000 rows (the floor), and at {rows:,}")
    empty = here(_empty_transaction, repeat=5)
    tell("one empty transaction", empty)
    for what, wanted in _changes(Wanted(dict(_COLUMNS))):
        wanted.write()
        few = here(lambda: reconcile.apply("small-copy.db", "wanted.yaml", backup=False))
        many = here(lambda: reconcile.apply("copy.db", "wanted.yaml", backup=False))
        tell(f"{what} ({few.cpu:.4f} s at 5,000 rows)", many, few, Aim(ratio=1.5))


def _changes(base: Wanted) -> Iterator[tuple[str, Wanted]]:
    wanted = base
    yield "under management", wanted
    wanted = wanted.having(extra="TEXT")
    yield "add a column", wanted
    wanted = wanted.having(level="INTEGER NOT NULL DEFAULT 0")
    yield "add a column NOT NULL DEFAULT 0", wanted
    columns = {("content" if name == "body" else name): text for name, text in wanted.columns.items()}
    columns["content"] = "{sql: TEXT, renamed_from: body}"
    wanted = replace(wanted, columns=columns)
    yield "rename a column", wanted
    wanted = replace(wanted.having(content="TEXT"), table="u", renamed="renamed_from: t")
    yield "rename the table", wanted
    wanted = wanted.having(note="TEXT")
    yield "drop NOT NULL", wanted
    wanted = wanted.having(flag="INTEGER")
    yield "drop a CHECK", wanted
    wanted = wanted.having(pid="INTEGER REFERENCES p (id) ON DELETE CASCADE")
    yield "other action of a foreign key", wanted
    wanted = wanted.having(pid="INTEGER")
    yield "drop a foreign key", wanted
    wanted = wanted.having(email="VARCHAR(200) NOT NULL")
    yield "another type of the same affinity", wanted
    yield "add a view", replace(wanted, view="SELECT id, email FROM u")


def _scans(rows: int) -> None:
    """Tighten: what needs one look at every row, against that look by hand."""
    head(f"What one scan of {rows:,} rows answers, apply without backup")
    base = Wanted(dict(_COLUMNS) | {"pid": "INTEGER", "flag": "INTEGER", "note": "TEXT"})
    _fill("loose.db", rows, base)
    reconcile.apply("loose.db", base.write(), backup=False)
    with closing(sqlite3.connect("loose.db")) as db:
        scans = {
            "add NOT NULL": ("SELECT count(*) FROM t WHERE note IS NULL", {"note": "TEXT NOT NULL"}),
            "add a CHECK": ("SELECT count(*) FROM t WHERE NOT (flag >= 0)", {"flag": "INTEGER CHECK (flag >= 0)"}),
            "add a foreign key": (
                "SELECT count(*) FROM t WHERE pid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM p WHERE p.id = t.pid)",
                {"pid": "INTEGER REFERENCES p (id)"},
            ),
        }
        floors = {what: here(lambda sql=sql: db.execute(sql).fetchall(), repeat=3) for what, (sql, _) in scans.items()}
    for what, (_, columns) in scans.items():
        base = base.having(**columns)
        base.write()
        tell(f"{what}: the scan by hand", floors[what])
        done = here(lambda: reconcile.apply("loose.db", "wanted.yaml", backup=False))
        tell(f"{what}: plan, scan, apply, verification", done, floors[what], Aim(ratio=1.3))
    Path("loose.db").unlink()


def _rebuild(rows: int) -> None:
    """Rebuild with proof, whole processes, against the twelve steps by hand; then its proof against its copy."""
    head(f"Rebuild of {rows:,} rows: the columns in another order")
    columns = {name: _COLUMNS[name] for name in ("id", "note", "email", "pid", "ts", "price", "body", "flag")}
    wanted = Wanted(columns)
    wanted.write()
    Path("raw.py").write_text(_raw(wanted))
    apply = [*RECONCILE, "apply", "copy.db", "-s", "wanted.yaml", "--column-order", "--yes", "--no-backup"]
    floor = process([sys.executable, "raw.py"], before=_copy, repeat=2)
    tell("the raw 12 steps", floor)
    tell("apply: plan, copy, proof, verification", process(apply, before=_copy, repeat=2), floor, Aim(ratio=1.3))
    _copy()
    copied, proven = _by_the_plan("copy.db")
    tell("the copy alone (INSERT ... SELECT)", copied)
    tell("the proof alone", proven, copied, Aim(ratio=0.8))


def _by_the_plan(database: str) -> tuple[Cost, Cost]:
    """Run the plan's own statements, and time its copy and its proofs."""
    steps = reconcile.plan(database, "wanted.yaml", column_order=True).plan.steps
    actions = [action for step in steps for action in step.actions]
    copied = proven = Cost(0.0, 0.0)
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("BEGIN IMMEDIATE")
        for action in actions:
            cost = here(lambda sql=action.sql: db.execute(sql).fetchall())
            if isinstance(action, Prove):
                proven = Cost(proven.wall + cost.wall, proven.cpu + cost.cpu)
            elif action.sql.startswith("INSERT"):
                copied = cost
            elif action.sql.startswith("DROP TABLE"):
                break
        db.execute("ROLLBACK")
    return copied, proven


def _backup() -> None:
    head("Backup")
    raw = process(["sh", "-c", "cp big.db raw-copy.db && sync raw-copy.db"], before=_no_copies)
    tell("cp and fsync", raw)
    ours = process([*RECONCILE, "backup", "big.db", "ours.db"], before=_no_copies)
    tell("reconcile backup, verified by quick_check", ours, raw, Aim(wall=2))
    _no_copies()
    with closing(sqlite3.connect("big.db")) as db, closing(sqlite3.connect("ours.db")) as target:
        tell("of it, SQLite's backup API alone", here(lambda: db.backup(target)), raw)
    with closing(sqlite3.connect("ours.db")) as db:
        tell("of it, quick_check alone", here(lambda: db.execute("PRAGMA quick_check").fetchall()), raw)


def _fill(path: str, rows: int, wanted: Wanted | None = None) -> None:
    Path(path).unlink(missing_ok=True)
    columns = wanted.columns if wanted else _COLUMNS
    with _written(path) as db:
        db.execute("CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT)")
        db.executemany("INSERT INTO p VALUES (?, 'x')", ((number,) for number in range(1, 1001)))
        db.execute(f"CREATE TABLE t ({', '.join(f'{name} {text}' for name, text in columns.items())})")
        db.execute(_FILL.format(rows=rows))
        for index in _INDEXES:
            db.execute(index)


@contextmanager
def _written(path: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")


def _raw(wanted: Wanted) -> str:
    """Write the procedure of lang_altertable.html, section 7, as a program that proves nothing."""
    columns, names = ", ".join(f"{n} {text}" for n, text in wanted.columns.items()), ", ".join(wanted.columns)
    return f"""import sqlite3
db = sqlite3.connect("copy.db", isolation_level=None)
db.execute("PRAGMA foreign_keys = OFF")
db.execute("BEGIN IMMEDIATE")
db.execute("CREATE TABLE new_t ({columns})")
db.execute("INSERT INTO new_t ({names}) SELECT {names} FROM t")
db.execute("DROP TABLE t")
db.execute("ALTER TABLE new_t RENAME TO t")
for index in {_INDEXES!r}:
    db.execute(index)
db.execute("PRAGMA foreign_key_check").fetchall()
db.execute("COMMIT")
"""


def _empty_transaction() -> None:
    with closing(sqlite3.connect("small-copy.db", isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = EXTRA")
        db.execute("BEGIN IMMEDIATE")
        db.execute("PRAGMA user_version = 1")
        db.execute("COMMIT")


def _copy() -> None:
    for name in ("small", "big"):
        shutil.copyfile(f"{name}.db", "copy.db" if name == "big" else "small-copy.db")
    os.sync()


def _no_copies() -> None:
    for name in ("raw-copy.db", "ours.db"):
        Path(name).unlink(missing_ok=True)
