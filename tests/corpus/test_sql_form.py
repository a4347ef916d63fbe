"""`plan --format sql`: run by the sqlite3 shell it leaves what apply leaves, or, where a proof fails, what was there.

The shell is Debian's package; its library may be the very one that Python uses, so this is about the script, and no
second opinion about SQLite.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from case import Case, load_all
from oracle import quoted
from rows import Text, _exact, rowid
from test_cases import set_up

if TYPE_CHECKING:
    from conftest import Stage

SHELL = shutil.which("sqlite3")
APPLIED = [case for case in load_all() if case.changes]
SAMPLE = APPLIED[::6]
APART = {"applied_at", "seconds", "backup", "sqlite_version"}  # of the history
VOLATILE = re.compile(r"random|current_(?:date|time)|'now'", re.IGNORECASE)


def why_not() -> str | None:
    if SHELL is None:
        return "the sqlite3 shell is not installed (apt-get install sqlite3)"
    version = subprocess.run([SHELL, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    older = tuple(map(int, version.split("."))) < sqlite3.sqlite_version_info
    return f"the sqlite3 shell is older ({version}) than the library" if older else None


MISSING = why_not()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=MISSING or "")


@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_the_script_ends_with_the_state_of_apply(case: Case, stage: Stage) -> None:
    ends_as_apply(case, stage)


@pytest.mark.soak
@pytest.mark.parametrize("case", [case for case in APPLIED if case not in SAMPLE], ids=str)
def test_every_script_ends_with_the_state_of_apply(case: Case, stage: Stage) -> None:
    ends_as_apply(case, stage)


def ends_as_apply(case: Case, stage: Stage) -> None:
    set_up(case, stage)
    shutil.copy("app.db", "scripted.db")
    before = portrait("scripted.db")
    planned = stage.run("plan", "app.db", "--format", "sql", *case.args)
    assert planned.code == 0, planned.err
    assert planned.out.startswith(".bail on\n")
    assert "OR ROLLBACK" not in planned.out.upper().replace(case.before.upper(), "")
    applied = stage.run("apply", "app.db", "--yes", "--no-backup", *case.args)
    assert applied.code == 0, applied.err

    ran = run("scripted.db", planned.out)

    if ran.returncode != 0 and (case.functions or case.collations):
        # The shell has none of the application's own functions: then it stops, and has changed nothing.
        assert before == portrait("scripted.db")
        return
    assert (0, b"") == (ran.returncode, ran.stderr)
    if VOLATILE.search(case.text("schema.yaml") + case.after):
        # Two runs of random() or at two moments differ: then the storage classes have to do.
        assert kinds(portrait("app.db")) == kinds(portrait("scripted.db"))
    else:
        assert portrait("app.db") == portrait("scripted.db")


def kinds(found: dict[str, object]) -> dict[str, object]:
    return {
        name: sorted([tuple(value[:1] for value in row) for row in table]) if name != "schema" else table
        for name, table in found.items()
    }


BEFORE = """
    CREATE TABLE brands (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE products (id INTEGER PRIMARY KEY, brand INT REFERENCES brands (id), title TEXT, price REAL);
    CREATE TABLE notes (text TEXT);
    CREATE TABLE later (id INTEGER PRIMARY KEY, a TEXT);
    INSERT INTO brands VALUES (1, 'one'), (2, 'two');
    INSERT INTO products VALUES (1, 1, 'a', 1.5), (2, 2, 'b', 2.5), (3, 9, 'c', 3.5);
    INSERT INTO notes VALUES ('x'), ('x'), ('y');
"""
WANTED = """
version: 1
tables:
  brands: {columns: {id: INTEGER PRIMARY KEY, name: TEXT UNIQUE}}
  products:
    columns:
      id: INTEGER PRIMARY KEY
      brand: INT REFERENCES brands (id)
      name: {sql: TEXT NOT NULL UNIQUE, renamed_from: title}
      price: {sql: REAL CHECK (price >= 0)}
  notes: {columns: {text: TEXT CHECK (text <> '')}, strict: true}
  later: {columns: {id: INTEGER PRIMARY KEY, a: TEXT NOT NULL}}
"""
TAMPERED = [  # what somebody does to the database before the script runs, and the claim that is false then
    ("CREATE INDEX tmp_ix ON products (price)", "the schema is the one that was planned for"),
    ("DROP TABLE later", "the schema is the one that was planned for"),
    ("CREATE TABLE schema_version (a)", "there is no table schema_version yet"),
    ("CREATE TABLE schema_version_reconcile (a)", "there is no table schema_version_reconcile yet"),
    ("INSERT INTO brands VALUES (3, 'two')", "brands: no two rows share a key that is to be unique"),
    ("INSERT INTO products VALUES (4, 1, NULL, 1)", "products: no row has come in that the plan was not made for"),
    ("INSERT INTO products VALUES (4, 1, 'd', -1)", "products: no row has come in that the plan was not made for"),
    ("INSERT INTO later VALUES (1, 'a')", "later: still empty"),
]
UNSOUND = "PRAGMA ignore_check_constraints=1; UPDATE products SET price=-1; PRAGMA ignore_check_constraints=0;"
MEDDLED = [  # a line of the script, what comes in its place, and the claim that is false then
    ("PRAGMA foreign_keys = OFF;", "PRAGMA foreign_keys = ON;", "foreign keys are off"),
    ("(), 3) AS INTEGER) >= ", "(), 3) AS INTEGER) >= 10", "SQLite is as new as the one that planned"),
    ("-- proof {products: as many}", "DELETE FROM products WHERE id = 2;", "products: as many rows as before"),
    ("-- proof {products: every kept}", "UPDATE products SET price = 2.25;", "products: every kept value equal"),
    ("-- proof {notes: every kept}", "UPDATE notes SET text = 'y';", "notes: every kept value equal"),
    ("-- verify", "CREATE TABLE extra (a);", "the schema is the one that was asked for"),
    ("-- verify", "DELETE FROM products WHERE id = 3;", "products: as many rows as before the script"),
    ("-- verify", "UPDATE products SET brand = 7;", "products: no foreign key is broken that was whole"),
    ("-- verify", UNSOUND, "products: quick_check finds nothing"),
]


def written(stage: Stage) -> str:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(BEFORE)
    Path("schema.yaml").write_text(WANTED, encoding="utf-8")
    planned = stage.run("plan", "app.db", "--format", "sql")
    assert planned.code == 0, planned.err
    return planned.out


@pytest.mark.parametrize(("sql", "claim"), TAMPERED, ids=[sql for sql, _ in TAMPERED])
def test_a_database_that_is_another_one_by_now_is_left_alone(sql: str, claim: str, stage: Stage) -> None:
    script = written(stage)
    with closing(sqlite3.connect("app.db")) as connection, connection:
        connection.execute(sql)
    stopped(script, claim)


@pytest.mark.parametrize(("line", "instead", "claim"), MEDDLED, ids=[claim for *_, claim in MEDDLED])
def test_what_goes_wrong_on_the_way_is_found(line: str, instead: str, claim: str, stage: Stage) -> None:
    script = written(stage)
    if "{" in line:
        before, _, wanted = line.rstrip("}").partition("{")
        line = re.search(rf"{before}\d+: {wanted}.*", script)[0]
    meddled = script.replace(line, f"{instead}\n{line}" if line.startswith("--") else instead, 1)
    assert script != meddled
    stopped(meddled, claim)


def test_every_proof_that_does_not_hold_stops_the_script(stage: Stage) -> None:
    script = written(stage)
    claims = re.findall(r"^-- proof (\d+): (.*)$", script, re.MULTILINE)
    assert len(claims) > 20
    for number, claim in claims:
        line = f"-- proof {number}: {claim}\n"
        stopped(script.replace(line, f'{line}INSERT INTO temp."_reconcile_proof" VALUES ({number}, 0);\n'), claim)
    assert run("app.db", script).returncode == 0


def test_a_script_runs_once(stage: Stage) -> None:
    script = written(stage)
    assert (0, b"") == (run("app.db", script).returncode, run("other.db", "SELECT 1 WHERE 0;").stdout)
    stopped(script, "the schema is the one that was planned for")


def test_a_history_that_went_on_is_noticed(stage: Stage) -> None:
    assert run("app.db", written(stage)).returncode == 0
    Path("schema.yaml").write_text(WANTED.replace("a: TEXT NOT NULL", "a: TEXT"), encoding="utf-8")
    script = stage.run("plan", "app.db", "--format", "sql").out
    with closing(sqlite3.connect("app.db")) as connection, connection:
        connection.execute("INSERT INTO schema_version (version, description, applied_at) VALUES (2, '', '')")
    stopped(script, "nothing was applied since the plan was made")


def stopped(script: str, claim: str) -> None:
    before = portrait("app.db")
    ran = run("app.db", script)

    assert ran.returncode == 1
    assert f"CHECK constraint failed: {claim}" in ran.stderr.decode()
    assert b"Applied" not in ran.stdout
    assert before == portrait("app.db")


def test_a_plan_that_is_blocked_has_no_script(stage: Stage) -> None:
    written(stage)
    Path("schema.yaml").write_text(WANTED.replace("TEXT UNIQUE", "TEXT CHECK (name > 'x')"), encoding="utf-8")
    ran = stage.run("plan", "app.db", "--format", "sql")

    assert (3, "") == (ran.code, ran.out)
    assert "BLOCKED check-violations" in ran.err


def test_a_plan_that_wants_consent_has_no_script_before_it_is_given(stage: Stage) -> None:
    assert run("app.db", written(stage)).returncode == 0
    Path("schema.yaml").write_text(WANTED.partition("  later")[0], encoding="utf-8")
    ran = stage.run("plan", "app.db", "--format", "sql")
    consented = stage.run("plan", "app.db", "--format", "sql", "--allow", "drop-table:later")

    assert (3, "") == (ran.code, ran.out)
    assert "NEEDS CONSENT drop-table" in ran.err
    assert (0, True) == (consented.code, 'DROP TABLE "later";' in consented.out)


def test_what_the_shell_would_cut_in_two_is_no_script(stage: Stage) -> None:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.execute("CREATE TABLE t (a INT)")
    Path("schema.yaml").write_text("version: 1\nviews:\n  v: |-\n    SELECT 8\n    /\n    2 AS x\n", encoding="utf-8")
    ran = stage.run("plan", "app.db", "--format", "sql")

    assert (1, "") == (ran.code, ran.out)
    assert "a line that says only go or /" in ran.err


def run(database: str, script: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sqlite3", "-batch", "-init", "/dev/null", database],
        input=script.encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )


def portrait(path: str | Path) -> dict[str, object]:
    """Give the schema's texts, and the rows of every table with their rowids, by storage class and bytes."""
    with closing(sqlite3.connect(path)) as connection:
        entries = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
        tables = [
            (name, kind)
            for _, name, kind, *_ in connection.execute("PRAGMA main.table_list")
            if kind in ("table", "shadow") and name != "sqlite_schema"
        ]
        return {"schema": sorted(entries, key=repr), **{name: rows(connection, name) for name, _ in tables}}


def rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = [
        row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))
    ]
    ours = {"version", "applied_at"} <= set(columns) or {"plan_id", "managed", "live_before"} <= set(columns)
    read = [quoted(column) for column in columns if not (ours and column in APART)]
    if (own := rowid(connection, table)) and table != "sqlite_sequence":
        read.append(own)
    connection.text_factory = Text
    try:
        found = connection.execute(f"SELECT {', '.join(read)} FROM {quoted(table)}").fetchall()
    except sqlite3.OperationalError:
        return [("cannot be read without the application's functions",)]
    finally:
        connection.text_factory = str
    return sorted((tuple(map(_exact, row)) for row in found), key=repr)
