"""What others do between the question and the restore: it is seen, not undone unseen, and not forgotten."""

import pytest
from runs import build, reconcile, rows

from reconcile import restoring
from reconcile.database import restore as restores

TABLE = "version: 1\ntables:\n  notes:\n    columns:\n      id: INTEGER PRIMARY KEY\n"
TOLD = "SELECT version, rolled_back_at IS NULL FROM schema_version ORDER BY version"


@pytest.fixture
def store(tmp_path):
    """Give a folder with a database at version 2, each version with a backup of the state before it."""
    build(tmp_path / "store.db", "CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1), (2)")
    for more in ("", "      body: TEXT\n", "      body: TEXT\n      kind: TEXT\n"):
        apply(tmp_path, more)
    return tmp_path


def apply(folder, more):
    (folder / "schema.yaml").write_text(TABLE + more, "utf-8")
    ran = reconcile("apply", "store.db", "--yes", folder=folder)
    assert 0 == ran.status, ran.err


def columns(folder):
    return [name for (name,) in rows(folder / "store.db", "SELECT name FROM pragma_table_info('notes')")]


def at_the_last_moment(monkeypatch, do):
    """Let somebody else be faster: after the history was read, before the restore has its lock."""
    restore = restores.restore

    def late(*arguments, **options):
        monkeypatch.setattr(restoring.restores, "restore", restore)
        do()
        return restore(*arguments, **options)

    monkeypatch.setattr(restoring.restores, "restore", late)


def test_an_apply_that_lands_before_a_rollback_by_restore_is_neither_undone_nor_forgotten(store, monkeypatch):
    told = rows(store / "store.db", TOLD)
    at_the_last_moment(monkeypatch, lambda: apply(store, "      body: TEXT\n      kind: TEXT\n      last: TEXT\n"))

    ran = reconcile("rollback", "store.db", "--restore", "--yes", folder=store)

    assert (4, True) == (ran.status, "Nothing was changed." in ran.out + ran.err), ran.out + ran.err
    assert ["id", "body", "kind", "last"] == columns(store)
    assert [*told, (len(told) + 1, 1)] == rows(store / "store.db", TOLD)


def test_two_rollbacks_by_restore_at_once_go_back_one_version_and_not_two(store, monkeypatch):
    def other():
        ran = reconcile("rollback", "store.db", "--restore", "--yes", folder=store)
        assert 0 == ran.status, ran.err

    at_the_last_moment(monkeypatch, other)

    ran = reconcile("rollback", "store.db", "--restore", "--yes", folder=store)

    assert 4 == ran.status, ran.out + ran.err
    assert ["id", "body"] == columns(store)


def test_a_table_that_another_tool_makes_before_a_rollback_by_restore_makes_it_stale(store, monkeypatch):
    at_the_last_moment(monkeypatch, lambda: build(store / "store.db", "CREATE TABLE theirs (a)"))

    ran = reconcile("rollback", "store.db", "--restore", "--yes", folder=store)

    assert 4 == ran.status, ran.out + ran.err
    assert [("notes",), ("theirs",)] == rows(
        store / "store.db",
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'schema_version%' ORDER BY 1",
    )


def test_a_row_that_is_written_before_a_rollback_by_restore_is_kept_in_its_backup(store, monkeypatch):
    at_the_last_moment(monkeypatch, lambda: build(store / "store.db", "INSERT INTO notes (id) VALUES (77)"))

    ran = reconcile("rollback", "store.db", "--restore", "--yes", folder=store)

    assert 0 == ran.status, ran.out + ran.err
    kept = [rows(backup, "SELECT id FROM notes") for backup in (store / "backups").glob("*.db")]
    assert [(1,), (2,), (77,)] in kept
