"""A catalog edit, and programs that have the database open: their next statement obeys the new schema."""

from __future__ import annotations

import subprocess
import sys

import pytest
from runs import build, reconcile, rows

BEFORE = """
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL);
    INSERT INTO t VALUES (1, 'x', 'y'), (4, 'z', '');
"""
# No ALTER makes another type, whatever the version of SQLite.
SCHEMA = "version: 1\ntables: {t: {columns: {id: INTEGER PRIMARY KEY, a: TEXT NOT NULL, b: VARCHAR(9)}}}\n"
TAKEN_OVER = SCHEMA.replace("a: TEXT NOT NULL, b: VARCHAR(9)", "a: TEXT, b: TEXT NOT NULL")
# Another program, which has read the schema and prepared both statements before, and runs them afterwards.
OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
wrong, right = "INSERT INTO t (a) VALUES (NULL)", "INSERT INTO t (a, b) VALUES ('new', NULL)"
for statement in (wrong, right):
    try:
        connection.execute(statement)
    except sqlite3.IntegrityError as error:
        print(error, flush=True)
print("ready", flush=True)
sys.stdin.readline()
for statement in (wrong, right):
    try:
        connection.execute(statement)
        print("done", flush=True)
    except sqlite3.IntegrityError as error:
        print(error, flush=True)
"""


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_another_program_obeys_the_new_schema_at_once(tmp_path, mode):
    store = build(tmp_path / "store.db", f"PRAGMA journal_mode = {mode}", BEFORE)
    (tmp_path / "schema.yaml").write_text(TAKEN_OVER, "utf-8")
    # Its history is there already: making that would raise schema_version by itself, whatever the edit does.
    assert 0 == reconcile("apply", "store.db", "--yes", folder=tmp_path).status
    (tmp_path / "schema.yaml").write_text(SCHEMA, "utf-8")
    words = [sys.executable, "-c", OTHER, str(store)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        before = [other.stdout.readline().strip() for _ in range(3)]
        ran = reconcile("apply", "store.db", "--yes", "--no-backup", folder=tmp_path)
        after = other.communicate("\n", timeout=20)[0].splitlines()

    assert ["NOT NULL constraint failed: t.b"] * 2 + ["ready"] == before
    assert 0 == ran.status, ran.err
    assert "catalog edit" in ran.out
    assert ["NOT NULL constraint failed: t.a", "done"] == after
    assert [(1, "x", "y"), (4, "z", ""), (5, "new", None)] == rows(store, "SELECT * FROM t")
