"""A virtual table that changes is created anew: its own rows may not go without a word."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reconcile.cli.app import main


def test_rows_that_a_changed_virtual_table_keeps_itself_go_only_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("t.db")) as db:
        db.execute("CREATE VIRTUAL TABLE f USING fts5(a)")
        db.execute("INSERT INTO f VALUES ('x')")
        db.commit()
    Path("schema.yaml").write_text("version: 1\ntables:\n  f:\n    sql: CREATE VIRTUAL TABLE f USING fts5(a, b)\n")

    assert 3 == main(["apply", "t.db", "--yes", "--no-backup"])
    assert "drop-table:f" in capsys.readouterr().out
    with closing(sqlite3.connect("t.db")) as db:
        assert [("x",)] == db.execute("SELECT * FROM f").fetchall()
    assert 0 == main(["apply", "t.db", "--no-backup", "--allow", "drop-table:f"])
