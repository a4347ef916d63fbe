"""Whatever is wrong with the database: one clear message, the right exit code, nothing changed, no traceback."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from runs import CONSOLE_SCRIPT, Ran, build, build_and_die, holding, names, program, reconcile, rows, untouched

from reconcile import api
from reconcile.database.backup import take

READING = ["plan", "check", "inspect", "history"]
WRITING = [("apply", "--yes"), ("backup",)]
COMMANDS = [(word,) for word in READING] + WRITING
COMMAND_IDS = [words[0] for words in COMMANDS]


def refused(ran: Ran, status: int, *essence: str) -> None:
    """One message on stderr, and it says what it must; nothing on stdout that looks like success."""
    said = ran.out + ran.err
    assert (status, "") == (ran.status, ran.out), said
    assert "Traceback" not in said
    assert "bug in reconcile" not in said
    assert 1 == sum(line.startswith("error: ") for line in ran.err.splitlines()), said
    for word in essence:
        assert word in ran.err


# --- the database file ----------------------------------------------------------------------------------------------


def nothing(path: Path) -> None:
    path.unlink()


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def text(path: Path) -> None:
    path.write_text("id,name\n1,tea\n" * 100)


def short_text(path: Path) -> None:
    path.write_text("hello")


def encrypted(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(8192))


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_in_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def scribbled_over_the_schema(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:200] = b"\xff" * 100
    path.write_bytes(content)


def loose_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("gone.db")


def link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    path.unlink()
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path.name)


KINDS = [
    (nothing, 66, "no such database file"),
    (directory, 66, "this is a directory"),
    (text, 66, "not an SQLite database, or it is encrypted"),
    (short_text, 66, "not an SQLite database"),
    (encrypted, 66, "not an SQLite database, or it is encrypted"),
    (half, 7, "the file is damaged"),
    (cut_in_the_header, 7, "the file is damaged"),
    (scribbled_over_the_schema, 7, "the file is damaged"),
    (loose_link, 66, "this link leads to gone.db, which does not exist"),
    (link_to_itself, 1, "symbolic links"),
    (pipe, 66, "not a regular file"),
    (a_socket, 66, "not a regular file"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=COMMAND_IDS)
@pytest.mark.parametrize(("spoil", "status", "essence"), KINDS, ids=[kind[0].__name__ for kind in KINDS])
def test_what_is_no_database_is_refused_and_left_as_it_is(shop, words, spoil, status, essence):
    spoil(shop / "store.db")

    with untouched(shop):
        ran = reconcile(words[0], "store.db", *words[1:], folder=shop)

    refused(ran, status, essence, "Nothing was changed.")


RESTORE = [(spoil, place) for spoil in (directory, text, encrypted, half) for place in ("store.db", "saved.db")]


@pytest.mark.parametrize(("spoil", "name"), [*RESTORE, (nothing, "saved.db")])
def test_restore_leaves_everything_where_either_file_is_no_database(shop, spoil, name):
    shutil.copy(shop / "store.db", shop / "saved.db")
    spoil(shop / name)

    with untouched(shop):
        ran = reconcile("restore", "store.db", "saved.db", folder=shop)

    assert ran.status in (1, 7, 66)
    refused(ran, ran.status, "Nothing was changed.")


def test_a_database_damaged_in_a_page_of_rows_is_told_as_damaged(shop):
    build(shop / "store.db", "CREATE INDEX by_name ON products (name)")
    content = bytearray((shop / "store.db").read_bytes())
    content[4096:8192] = b"\xff" * 4096
    (shop / "store.db").write_bytes(content)
    (shop / "schema.yaml").write_text(CHECKED, "utf-8")

    with untouched(shop):
        ran = reconcile("plan", "store.db", folder=shop)

    refused(ran, 7, "damaged")


CHECKED = """\
version: 1
tables:
  products:
    columns:
      id: INTEGER PRIMARY KEY
      name: TEXT NOT NULL UNIQUE
"""


@pytest.mark.parametrize("words", [("plan",), ("check",), ("apply", "--yes")], ids=["plan", "check", "apply"])
def test_a_mistyped_name_makes_no_database_and_says_what_was_meant(shop, words):
    with untouched(shop):
        ran = reconcile(words[0], "stroe.db", *words[1:], folder=shop)

    refused(ran, 66, "did you mean 'store.db'?")


def test_a_folder_says_which_databases_are_in_it(shop):
    with untouched(shop):
        ran = reconcile("plan", ".", folder=shop)

    refused(ran, 66, "this is a directory", "store.db")


def test_zero_bytes_are_an_empty_database_and_stay_zero_bytes_until_apply(shop):
    (shop / "store.db").write_bytes(b"")

    with untouched(shop):
        planned = reconcile("plan", "store.db", folder=shop)
        checked = reconcile("check", "store.db", folder=shop)

    assert (0, 2) == (planned.status, checked.status)
    assert 0 == reconcile("apply", "store.db", "--yes", folder=shop).status
    assert [("products",)] == rows(shop / "store.db", "SELECT name FROM sqlite_schema WHERE name = 'products'")


def test_a_missing_database_is_made_only_when_asked_to(shop):
    (shop / "store.db").unlink()

    with untouched(shop):
        unasked = reconcile("apply", "new.db", "--yes", folder=shop)
        silent = reconcile("apply", "new.db", "--create", folder=shop)
        nowhere = reconcile("apply", "no/new.db", "--create", "--yes", folder=shop)
    made = reconcile("apply", "new.db", "--create", "--yes", folder=shop)

    assert (66, 3, 66, 0) == (unasked.status, silent.status, nowhere.status, made.status)
    assert "--create --yes" in silent.err
    assert "its folder does not exist" in nowhere.err


def test_a_new_database_is_not_made_beside_the_remains_of_an_older_one(shop):
    shutil.move(shop / "store.db", shop / "new.db-journal")

    with untouched(shop):
        ran = reconcile("apply", "new.db", "--create", "--yes", folder=shop)

    refused(ran, 66, "new.db-journal", "of one that was")


# --- a database that somebody else uses, or used until it died ------------------------------------------------------


WRITE_LOCK = ("BEGIN IMMEDIATE",)
EVERY_LOCK = ("BEGIN EXCLUSIVE",)
READ_LOCK = ("BEGIN", "SELECT count(*) FROM products")


@pytest.fixture
def impatient(monkeypatch):
    """Reading commands wait five seconds; no test has to."""
    monkeypatch.setattr(api, "_READ_WAIT", 0.1)
    monkeypatch.setitem(take.__kwdefaults__, "wait", 0.1)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_locked_by_a_writer_is_busy_after_the_wait_and_names_who_holds_it(shop, mode):
    build(shop / "store.db", f"PRAGMA journal_mode = {mode}")

    with holding(shop / "store.db", *WRITE_LOCK) as pid, untouched(shop):
        ran = reconcile("apply", "store.db", "--plan", "0000-0000", "--wait", "200ms", folder=shop)
        planned = reconcile("plan", "store.db", folder=shop)

    refused(ran, 5, f"process {pid}", "--wait", "Nothing was changed.")
    assert planned.status == 0


@pytest.mark.parametrize("words", COMMANDS, ids=COMMAND_IDS)
@pytest.mark.usefixtures("impatient")
def test_a_database_locked_for_everything_is_busy(shop, words):
    with holding(shop / "store.db", *EVERY_LOCK), untouched(shop):
        ran = reconcile(words[0], "store.db", *words[1:], folder=shop)

    refused(ran, 5, "the lock is held by process", "Nothing was changed.")


def test_in_rollback_mode_a_reader_in_a_transaction_keeps_apply_from_committing(shop):
    before = rows(shop / "store.db", "SELECT * FROM products")

    with holding(shop / "store.db", *READ_LOCK):
        ran = reconcile("apply", "store.db", "--yes", "--no-backup", "--wait", "100ms", folder=shop)

    assert ran.status == 5
    assert "could not commit: the lock is held by process" in ran.err
    assert "Everything was rolled back" in ran.err
    assert before == rows(shop / "store.db", "SELECT * FROM products")
    assert ["schema.yaml", "store.db"] == names(shop)


@pytest.mark.parametrize("word", READING)
def test_the_rows_of_a_dead_writer_in_a_wal_are_read_and_left_there(shop, word):
    build_and_die(
        shop / "store.db",
        "PRAGMA journal_mode = WAL",
        "ALTER TABLE products ADD COLUMN price INTEGER NOT NULL DEFAULT 0",
    )
    assert (shop / "store.db-wal").stat().st_size

    with untouched(shop):
        ran = reconcile(word, "store.db", folder=shop)

    assert 0 == ran.status, ran.err
    if word in ("plan", "check"):
        assert "in sync" in ran.out


def test_apply_keeps_the_rows_of_a_dead_writer_in_a_wal(shop):
    build_and_die(
        shop / "store.db", "PRAGMA journal_mode = WAL", "INSERT INTO products (name) VALUES ('from a dead writer')"
    )

    ran = reconcile("apply", "store.db", "--yes", folder=shop)

    assert 0 == ran.status, ran.err
    assert [(4,)] == rows(shop / "store.db", "SELECT count(*) FROM products")
    assert ("from a dead writer", 0) == rows(shop / "store.db", "SELECT name, price FROM products")[-1]


@pytest.fixture
def hot(shop):
    """A store whose last writer died half-way through a commit, in rollback mode."""
    build_and_die(
        shop / "store.db",
        "PRAGMA cache_size = 1",
        "BEGIN IMMEDIATE",
        "UPDATE products SET name = 'half a change'",
        "INSERT INTO products (name) SELECT hex(randomblob(3000)) FROM products, products, products",
    )
    assert (shop / "store.db-journal").read_bytes()[:4] == b"\xd9\xd5\x05\xf9"
    return shop


@pytest.mark.parametrize("word", READING)
def test_a_hot_journal_is_told_and_not_rolled_back_by_who_only_reads(hot, word):
    with untouched(hot):
        ran = reconcile(word, "store.db", folder=hot)

    refused(ran, 1, "left an unfinished transaction", "Nothing was changed.", "`reconcile apply`")


@pytest.mark.parametrize("words", [pytest.param(("--yes",), id="yes"), pytest.param(("--plan", "ID"), id="plan")])
def test_apply_rolls_a_hot_journal_back_and_goes_on(hot, words):
    plan = "0000-0000"
    with contextlib.suppress(IndexError):
        copy = hot.parent / "copy"
        shutil.copytree(hot, copy)
        rows(copy / "store.db", "SELECT 1 FROM products")
        plan = reconcile("plan", "store.db", folder=copy).out.split("--plan ")[1].split()[0]

    ran = reconcile("apply", "store.db", *(plan if word == "ID" else word for word in words), folder=hot)

    assert 0 == ran.status, ran.err
    assert [("tea", 0), ("coffee", 0), ("it's", 0)] == rows(hot / "store.db", "SELECT name, price FROM products")
    assert not (hot / "store.db-journal").exists()


# --- what we may not read or write ----------------------------------------------------------------------------------


@pytest.fixture
def humble():
    """Words before a command that take away root's right to pass over permissions; none for anybody else."""
    if os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("as root, permissions bind only a process started by setpriv, and it is not installed")
    rights = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")


def test_a_read_only_file_can_be_planned_and_is_not_changed(shop, humble):
    (shop / "store.db").chmod(0o444)

    with untouched(shop):
        planned = program("plan", "store.db", folder=shop, before=humble)
        applied = program("apply", "store.db", "--yes", folder=shop, before=humble)

    assert 0 == planned.status, planned.err
    assert 1 == applied.status
    assert "store.db: no permission to write here, so the database cannot be changed" in applied.err
    assert "Nothing was changed." in applied.err


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_read_only_folder_can_be_planned_in_and_nothing_appears_in_it(shop, humble, mode):
    build(shop / "store.db", f"PRAGMA journal_mode = {mode}")
    shop.chmod(0o555)
    try:
        with untouched(shop):
            planned = program("plan", "store.db", folder=shop, before=humble)
            applied = program("apply", "store.db", "--yes", folder=shop, before=humble)
            kept = program("backup", "store.db", folder=shop, before=humble)
    finally:
        shop.chmod(0o755)

    assert 0 == planned.status, planned.err
    assert (1, 1) == (applied.status, kept.status)
    assert "no permission to write here" in applied.err
    assert "Permission denied" in kept.err


def test_a_file_that_may_not_be_read_is_told(shop, humble):
    (shop / "store.db").chmod(0o000)

    with untouched_but_for_bytes(shop):
        ran = program("plan", "store.db", folder=shop, before=humble)

    refused(ran, 1, "store.db", "Nothing was changed.")


@contextlib.contextmanager
def untouched_but_for_bytes(folder: Path):
    before = names(folder)
    yield
    assert before == names(folder)


def test_a_schema_file_that_may_not_be_read_is_told(shop, humble):
    (shop / "schema.yaml").chmod(0o000)

    ran = program("plan", "store.db", folder=shop, before=humble)

    assert 65 == ran.status
    assert "schema.yaml:1:1: it cannot be read: Permission denied" in ran.err


# --- no space ------------------------------------------------------------------------------------------------------


@pytest.fixture
def little_space(tmp_path):
    """A file system of one megabyte, nearly full of a database."""
    folder = tmp_path / "little"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("mounting a small file system needs root")
    build(folder / "store.db", "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, blob BLOB)")
    build(folder / "store.db", "INSERT INTO products (name, blob) VALUES ('tea', randomblob(600000))")
    (folder / "schema.yaml").write_text(
        "version: 1\ntables:\n  products:\n    columns: {id: INTEGER PRIMARY KEY, name: TEXT UNIQUE, blob: BLOB}\n"
    )
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("words", [("--yes",), ("--yes", "--no-backup")], ids=["backup", "rows"])
def test_without_space_apply_changes_nothing_and_says_so(little_space, words):
    before = rows(little_space / "store.db", "SELECT name, length(blob) FROM products")

    ran = reconcile("apply", "store.db", *words, folder=little_space)

    # Mostly the plan sees it coming, and is blocked; tests/crash fills the disk in the middle.
    assert ran.status in (1, 3)
    said = ran.out + ran.err
    assert any(word in said for word in ("not enough space", "page limit is full", "Free some space"))
    assert any(word in said for word in ("Nothing was changed.", "Everything was rolled back"))
    assert before == rows(little_space / "store.db", "SELECT name, length(blob) FROM products")
    assert [] == [file for file in little_space.rglob("*") if file.name not in ("store.db", "schema.yaml", "backups")]


def test_without_space_a_backup_is_not_begun(little_space):
    ran = reconcile("backup", "store.db", folder=little_space)

    refused(ran, 1, "not enough space for the copy", "Nothing was changed.")


def test_a_full_disk_behind_stdout_is_told_and_does_not_stop_the_work(shop):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [CONSOLE_SCRIPT, "apply", "store.db", "--yes"],
            cwd=shop,
            stdout=full,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    assert 1 == done.returncode
    assert b"the output could not be written" in done.stderr
    assert [(0,)] == rows(shop / "store.db", "SELECT DISTINCT price FROM products")
