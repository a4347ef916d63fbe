"""Run the program in this process, on a folder of its own, and see what it left behind."""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile.cli.app import main

from .contents import MEMORY, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .scenario import Scenario

IN_SYNC, PENDING, REFUSED, WRONG_FILE = 0, 2, 3, 65


@dataclass(frozen=True)
class Ran:
    """What came of one command."""

    command: str
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        """Show it as a terminal would."""
        return f"$ reconcile {self.command}\n{self.out}{self.err}[exit {self.code}]"

    @property
    def plan(self) -> dict:
        """Give the plan that ``--format json`` printed."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Site:
    """A folder with a database and its schema.yaml."""

    folder: Path

    @property
    def database(self) -> Path:
        """The live database."""
        return self.folder / "live.db"

    @property
    def schema(self) -> Path:
        """The file that says what the schema should be."""
        return self.folder / "schema.yaml"

    def run(self, command: str, *options: str) -> Ran:
        """Run a command on the database."""
        return run(command, str(self.database), "-s", str(self.schema), *options)

    def declare(self, yaml: str) -> None:
        """Write schema.yaml."""
        self.schema.write_text(yaml, encoding="utf-8")

    def snapshot(self) -> dict[str, bytes]:
        """Give every file of the folder with its bytes.

        -shm is SQLite's own and may come and go, and so may a -wal that holds nothing: who closes last removes it.
        """
        files = (path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".db-shm")
        found = {str(path.relative_to(self.folder)): path.read_bytes() for path in files}
        return {name: content for name, content in found.items() if content or not name.endswith("-wal")}

    def settings(self) -> dict[str, object]:
        """Give what the database says about itself beside its schema (P17)."""
        names = ("user_version", "application_id", "journal_mode", "page_size", "auto_vacuum", "encoding")
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            return {name: texts(connection, f"PRAGMA {name}")[0][0] for name in names}


def run(*arguments: str) -> Ran:
    """Run a command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(arguments))
    return Ran(" ".join(arguments), code, out.getvalue(), err.getvalue())


@contextmanager
def site(scenario: Scenario) -> Iterator[Site]:
    """Lay out a scenario's database and its schema.yaml as it is."""
    folder = MEMORY if Path(MEMORY).is_dir() else None
    with tempfile.TemporaryDirectory(prefix="reconcile-site-", dir=folder) as name:
        place = Site(Path(name))
        place.database.write_bytes(scenario.live.image)
        if scenario.settings.wal:
            with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
        place.declare(scenario.yaml_before)
        yield place


def allowing(flags: tuple[str, ...]) -> list[str]:
    """Give the options that consent."""
    return [word for flag in flags for word in ("--allow", flag)]
