"""What a database is on disk: where it lies, what it is made of, what stands beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What can be said of a database file without looking at a row.

    `size` is the main file in bytes, without ``-wal``; `journal_mode` is in SQLite's own words, in lower case;
    `auto_vacuum` is 0 none, 1 full, 2 incremental; `mode` are the permission bits (``0o644``); `device` and
    `inode` together say which file it is, whatever it is called.
    """

    path: Path
    size: int
    journal_mode: str
    page_size: int
    page_count: int
    encoding: str
    user_version: int
    application_id: int
    auto_vacuum: int
    mode: int
    device: int
    inode: int


def file_facts(connection: sqlite3.Connection, path: Path) -> FileFacts:
    """Read what a database file is made of, by SQL and stat (never by opening it: see `connection`)."""
    raise NotImplementedError


def locate(path: Path) -> Path:
    """Find the regular file that a path leads to; DatabaseFileError where there is none."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Faults:
    """What quick_check found: `damage` of the file itself, and `rows` that break their table's own rules."""

    damage: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


def quick_check(connection: sqlite3.Connection) -> Faults:
    """Check a database's structure, without the false alarms of SQLite 3.40 (sqlite-facts 10)."""
    raise NotImplementedError


@contextmanager
def private_folder(beside: Path) -> Iterator[Path]:
    """Make a fresh 0700 folder in the folder `beside`, removed at the end; sweep those of dead runs first."""
    yield beside
    raise NotImplementedError
