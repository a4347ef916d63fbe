"""Real files with rows, other processes, and users who may do less than root."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import children
import pytest

ROOT = Path(__file__).resolve().parents[3]

Make = Callable[..., Path]


def make_database(path: Path, *, mode: str = "delete", rows: int = 3, page_size: int = 4096, setup: str = "") -> Path:
    connection = sqlite3.connect(path, isolation_level=None)
    with contextlib.closing(connection):
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.executescript(setup)
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t (x) VALUES (?)", ((bytes([i % 256]) * 500,) for i in range(rows)))
        connection.execute("COMMIT")
    return path


def count_rows(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Bytes, time and mode of every file; only while no connection of this process is open."""
    return {
        file.name: (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_mode)
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.endswith("-shm")
    }


def listing(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def die_in(path: Path, script: str) -> None:
    """Run SQL in another process and let it die without closing anything."""
    code = "import os, sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    code += script + "\nos._exit(9)"
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=children.PATIENCE)
    assert done.returncode == 9


def leave_wal(path: Path) -> None:
    """Leave a -wal with one committed row that is not in the main file."""
    die_in(path, "c.execute('INSERT INTO t (x) VALUES (1)')")


def leave_hot_journal(path: Path) -> None:
    """Leave a transaction that had spilled into the main file."""
    die_in(
        path,
        "c.execute('PRAGMA cache_size = 1')\nc.execute('BEGIN')\n"
        "c.execute('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 3000) "
        "INSERT INTO t (x) SELECT randomblob(200) FROM n')",
    )
    assert path.with_name(path.name + "-journal").stat().st_size


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Path, str], subprocess.Popen[str]]]:
    """Start SQL in another process that keeps its connection open until its stdin gets a line."""
    started: list[subprocess.Popen[str]] = []

    def start(path: Path, sql: str) -> subprocess.Popen[str]:
        code = (
            "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "for s in sys.argv[2].split(';'): c.execute(s).fetchall()\n"
            "print('ready', flush=True)\nsys.stdin.readline()\n"
            "c.execute('COMMIT') if c.in_transaction else None\nc.close()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path), sql],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert children.heard_line(process.stdout.fileno(), "another process") == b"ready\n"
        return process

    yield start
    for process in started:
        if process.returncode is None:
            children.talked(process, "\n")


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a folder that another user can reach, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="reconcile-test-"))
    folder.chmod(0o755)
    yield folder
    for each in (folder, *folder.rglob("*")):
        if each.is_dir():
            each.chmod(0o755)
    shutil.rmtree(folder)


def as_nobody(script: str, *arguments: Path) -> str:
    """Run a script as a user with no rights (root may do anything); give what it prints."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv to run as another user")
    done = subprocess.run(
        ["setpriv", "--reuid", "65534", "--clear-groups", sys.executable, "-c", script, *map(str, arguments)],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=children.PATIENCE,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout
