"""A database beyond one gigabyte has a page that SQLite never uses; nothing may be lost on either side of it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3

import pytest
from runs import forked, rows

GIGABYTE = 1 << 30
ROOM = 8 * GIGABYTE
SCHEMA = "version: 1\ntables:\n  t:\n    columns:\n      id: INTEGER PRIMARY KEY\n      n: {n}\n      b: BLOB\n"
SUMS = "SELECT count(*), sum(id), sum(n), sum(length(b)), sum(unicode(b)) FROM t"


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_rebuild_a_backup_and_a_restore_cross_the_lock_page(tmp_path):
    if shutil.disk_usage(tmp_path).free < ROOM:
        pytest.skip("needs 8 GB of disk")
    store = tmp_path / "store.db"
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT, b BLOB)")
        connection.execute("BEGIN")
        for number in range(1, 1101):
            blob = bytes([number % 251 + 1]) + bytes(1_000_000)
            connection.execute("INSERT INTO t VALUES (?, ?, ?)", (number * 3, str(number), blob))
        connection.execute("COMMIT")
    assert store.stat().st_size > GIGABYTE
    before = rows(store, SUMS)
    (tmp_path / "schema.yaml").write_text(SCHEMA.format(n="INTEGER"), "utf-8")

    done = forked("apply", "store.db", "--yes", folder=tmp_path).go().end()
    after = rows(store, SUMS)
    (backup,) = (tmp_path / "backups").iterdir()
    back = forked("restore", "store.db", str(backup), folder=tmp_path).go().end()

    assert (0, 0) == (done.status, back.status), done.err + back.err
    assert [before] * 2 == [after, rows(store, SUMS)]
    assert [("text",)] == rows(store, "SELECT DISTINCT typeof(n) FROM t")
    assert [("ok",)] == rows(store, "PRAGMA quick_check")
