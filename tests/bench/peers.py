"""make bench-peers: five changes by reconcile and by other tools, on one database, and what each of them lost.

    python tests/bench/peers.py [--orders 100000]

Every change is made on a fresh copy by a process of its own (peer_changes.py), and judged by a reader that knows
nothing of either tool: it reads sqlite_schema and the rows, and tries what the schema promises.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from peer_changes import CHANGES, TOOLS

_ROOT = Path(__file__).resolve().parents[2]
_PEERS = _ROOT / ".venv-peers" / "bin" / "python"
_SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  code TEXT COLLATE NOCASE NOT NULL,
  amount REAL NOT NULL CONSTRAINT positive CHECK (amount >= 0),
  state TEXT NOT NULL DEFAULT 'new',
  note TEXT
);
CREATE TABLE items (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE, what TEXT
);
CREATE TABLE log (id INTEGER PRIMARY KEY, order_id INTEGER, was TEXT);
CREATE INDEX open_orders ON orders (customer_id) WHERE state = 'open';
CREATE TRIGGER audit AFTER UPDATE OF state ON orders BEGIN
  INSERT INTO log (order_id, was) VALUES (old.id, old.state);
END;
"""
_ROWS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO {table} SELECT {values} FROM n
"""
_EDITS = {
    "add column": ("      state: TEXT", "      discount: REAL NOT NULL DEFAULT 0\n      state: TEXT"),
    "drop column": ("      note: TEXT\n", ""),
    "drop NOT NULL": ("state: TEXT NOT NULL DEFAULT 'new'", "state: TEXT DEFAULT 'new'"),
    "rename column": (
        "      code: TEXT COLLATE NOCASE NOT NULL",
        "      sku: {sql: TEXT COLLATE NOCASE NOT NULL, renamed_from: code}",
    ),
    "retype column": ("amount: REAL", "amount: INTEGER"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reconcile-peers-") as name:
        folder = Path(name)
        _fill(folder / "shop.db", asked.orders)
        _wanted(folder)
        size = (folder / "shop.db").stat().st_size / 1e6
        print(f"{asked.orders:,} orders, twice as many items, {size:,.0f} MB, SQLite {sqlite3.sqlite_version}")
        for change in CHANGES:
            print(f"\n{change}\n{'':24}{'wall s':>9}{'CPU s':>9}   lost, or otherwise than asked", flush=True)
            for tool in TOOLS:
                _compared(tool, change, folder)


def _fill(database: Path, orders: int) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.executescript(_SCHEMA)
        values = "i, 'customer ' || i"
        db.execute(_ROWS.format(count=1000, table="customers", values=values))
        values = (
            "i, 1 + i % 1000, 'Code' || i, (i % 900) * 1.0, CASE i % 9 WHEN 0 THEN 'open' ELSE 'done' END, 'note ' || i"
        )
        db.execute(_ROWS.format(count=orders, table="orders", values=values))
        db.execute(
            _ROWS.format(count=2 * orders, table="items", values="i, 1 + i / 2 % " + str(orders) + ", 'item ' || i")
        )
        db.commit()


def _wanted(folder: Path) -> None:
    """Write the schema files for reconcile, and put the database under its management as its users do."""
    import reconcile  # noqa: PLC0415 - the other tools' processes import this module's neighbour only

    text = reconcile.inspect(folder / "shop.db")
    for change, (old, new) in _EDITS.items():
        assert text.count(old) == 1, (old, text)
        (folder / f"work.db.{change.replace(' ', '-')}.yaml").write_text(text.replace(old, new))
    (folder / "shop.yaml").write_text(text)
    shutil.copyfile(folder / "shop.db", folder / "managed.db")
    reconcile.apply(folder / "managed.db", folder / "shop.yaml", backup=False)


def _compared(tool: str, change: str, folder: Path) -> None:
    work = folder / "work.db"
    for stale in folder.glob("work.db-*"):
        stale.unlink()
    shutil.copyfile(folder / ("managed.db" if tool == "reconcile" else "shop.db"), work)
    python = sys.executable if tool == "reconcile" else str(_PEERS)
    words = [python, str(Path(__file__).with_name("peer_changes.py")), tool, change, str(work)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        print(f"  {tool:<22}{'':18}   could not be run: {last}", flush=True)
        return
    wall, cpu, version, error = json.loads(done.stdout.strip().rpartition("\n")[2])
    with closing(sqlite3.connect(work)) as db, closing(sqlite3.connect(folder / "shop.db")) as before:
        found = [f"failed: {error.splitlines()[0][:200]}"] if error else list(_judged(change, before, db))
    print(f"  {f'{tool} {version}':<22}{wall:9.3f}{cpu:9.3f}   {'; '.join(found) or 'nothing'}", flush=True)


def _judged(change: str, before: sqlite3.Connection, db: sqlite3.Connection) -> Iterator[str]:
    """Say what is otherwise than the change asked for: the objects, what they promise, and the rows."""
    yield from _made(change, db)
    for kind in ("trigger", "index", "table"):
        names = "SELECT name FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        there = {name for (name,) in db.execute(names, (kind,))}
        gone = [name for (name,) in before.execute(names, (kind,)) if name not in there]
        yield from (f"{kind} {name} gone" for name in gone)
    yield from _text(db)
    yield from _columns(change, before, db)
    yield from _promises(change, db)
    yield from _rows(change, before, db)


def _made(change: str, db: sqlite3.Connection) -> Iterator[str]:
    columns = {row[1]: row for row in db.execute("PRAGMA table_xinfo(orders)")}
    zeros = "SELECT count(*) = total(discount = 0) FROM orders"
    match change:
        case "add column":
            made = "discount" in columns and columns["discount"][3] == 1 and db.execute(zeros).fetchone()[0]
        case "drop column":
            made = "note" not in columns
        case "drop NOT NULL":
            made = columns["state"][3] == 0
        case "rename column":
            made = "sku" in columns and "code" not in columns
        case _:
            types = db.execute("SELECT group_concat(DISTINCT typeof(amount)) FROM orders").fetchone()[0]
            made = columns["amount"][2].upper() == "INTEGER" and types == "integer"
    if not made:
        yield "THE CHANGE WAS NOT MADE as asked"


def _text(db: sqlite3.Connection) -> Iterator[str]:
    (sql,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'orders'").fetchone()
    if not re.search("autoincrement", sql, re.IGNORECASE):
        yield "AUTOINCREMENT gone"
    partial = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'open_orders'").fetchone()
    if partial and " where " not in partial[0].lower():
        yield "open_orders is no partial index any more"
    keys = {
        (r[2], r[3], r[6]) for table in ("orders", "items") for r in db.execute(f"PRAGMA foreign_key_list({table})")
    }
    for parent, column in (("customers", "customer_id"), ("orders", "order_id")):
        if not any(key[:2] == (parent, column) for key in keys):
            yield f"foreign key to {parent} gone"
        elif (parent, column, "CASCADE") not in keys:
            yield f"ON DELETE CASCADE to {parent} gone"


def _columns(change: str, before: sqlite3.Connection, db: sqlite3.Connection) -> Iterator[str]:
    new = {row[1]: row for row in db.execute("PRAGMA table_xinfo(orders)")}
    changed = {"drop column": "note", "retype column": "amount", "drop NOT NULL": "state"}.get(change)
    for _, name, type_, not_null, default, *_ in before.execute("PRAGMA table_xinfo(orders)"):
        now = new.get("sku" if change == "rename column" and name == "code" else name)
        if now is None:
            if name != changed:
                yield f"column {name} gone"
            continue
        if now[2].upper() != type_.upper() and name != changed:
            yield f"{name} is {now[2]}, was {type_}"
        if now[3] != not_null and name not in (changed, "id"):
            yield f"{name} {'is' if now[3] else 'is no longer'} NOT NULL"
        if (now[4] or "").strip("'\"") != (default or "").strip("'\""):
            yield f"default of {name} is {now[4]}, was {default}"


def _promises(change: str, db: sqlite3.Connection) -> Iterator[str]:
    """Try what the schema promises, in a transaction that is rolled back."""
    code = "sku" if change == "rename column" else "code"
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("BEGIN")
    if db.execute(f"SELECT count(*) FROM orders WHERE {code} = 'cODE77'").fetchone() != (1,):
        yield "NOCASE gone: a code is no longer found in another case"
    try:
        db.execute(f"INSERT INTO orders (customer_id, {code}, amount, state) VALUES (1, 'x', -1, 'new')")
        yield "CHECK gone: a negative amount is accepted"
    except sqlite3.IntegrityError:
        pass
    logged = db.execute("SELECT count(*) FROM log").fetchone()[0]
    db.execute("UPDATE orders SET state = 'shipped' WHERE id = 5")
    if db.execute("SELECT count(*) FROM log").fetchone()[0] != logged + 1:
        yield "the audit trigger does not fire"
    db.execute("ROLLBACK")


def _rows(change: str, before: sqlite3.Connection, db: sqlite3.Connection) -> Iterator[str]:
    columns = ["id", "customer_id", "code", "amount", "state", "note"]
    there = {row[1] for row in db.execute("PRAGMA table_xinfo(orders)")}
    kept = [name for name in columns if name in there or (change == "rename column" and name == "code")]
    names = {name: f"CAST({name} AS REAL)" if name == "amount" else name for name in kept}
    old = f"SELECT {', '.join(f'quote({names[name]})' for name in kept)} FROM orders ORDER BY id"
    new = old.replace("quote(code)", "quote(sku)") if "sku" in there else old
    differing = sum(a != b for a, b in zip(before.execute(old), db.execute(new), strict=False))
    if differing:
        yield f"{differing:,} rows of orders have other values"
    for table in ("customers", "orders", "items", "log"):
        count = f"SELECT count(*) FROM {table}"
        was, now = before.execute(count).fetchone()[0], db.execute(count).fetchone()[0]
        if was != now:
            yield f"{was - now:,} of {was:,} rows of {table} GONE"
    sequence = "SELECT seq FROM sqlite_sequence WHERE name = 'orders'"
    if before.execute(sequence).fetchone() != db.execute(sequence).fetchone():
        yield "the counter of AUTOINCREMENT is lost"
    broken = db.execute("SELECT count(*) FROM pragma_foreign_key_check").fetchone()[0]
    if broken:
        yield f"{broken:,} broken foreign keys"


if __name__ == "__main__":
    main()
