"""A database, its schema file and its backups -> what every health check saw. Reading only."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from reconcile.apply.reporter import Reporter, Silent
from reconcile.database.backup import backups, default_folder
from reconcile.database.connection import open_reading, translated
from reconcile.database.files import file_facts
from reconcile.database.inspect import inspect
from reconcile.database.integrity import damage_of
from reconcile.database.lock import begin_reading
from reconcile.diff.adopt import Dropping, Ownership
from reconcile.diff.changes import Renames
from reconcile.errors import DamagedError
from reconcile.health import examine
from reconcile.health.finding import Check, Copies, Finding, Level, Result, Subject
from reconcile.health.limits import Limits
from reconcile.history.ledger import Ledger, find, last_version, versions
from reconcile.plan.steps import Plan
from reconcile.preview.heading import Heading
from reconcile.preview.paste import command
from reconcile.river import chart, load_desired, wishes
from reconcile.values import Source, tamed

_READ_WAIT = 5.0  # seconds that a reading command waits for a lock


@dataclass(frozen=True, slots=True)
class Checkup:
    """What the checks saw, each with its check; None where one was not made, because the file is damaged."""

    heading: Heading
    results: tuple[tuple[Check, Result | None], ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found."""
        return tuple(finding for _, result in self.results if result is not None for finding in result.findings)

    @property
    def worst(self) -> Level | None:
        """How bad it is; None where nothing was found."""
        levels = {finding.level for finding in self.findings}
        return next((level for level in Level if level in levels), None)


def health(
    source: Source, limits: Limits, *, backup_dir: Path | None = None, reporter: Reporter | None = None
) -> Checkup:
    """Make every check. `backup_dir` is looked into beside the folder where backups go by default.

    Raises SchemaFileError, DatabaseFileError, DamagedError where not even the schema can be read (its hint names the
    newest backup that can be put back), BusyError, UsageError for a limit on what is not there.
    """
    try:
        return _checked(source, limits, backup_dir, reporter or Silent())
    except DamagedError as error:
        found = [file for folder in _folders(source.database, backup_dir) for file in backups(folder, source.database)]
        good = next((file for file in reversed(found) if damage_of(file) is None), None)
        error.hint = "keep the file as it is; there is no backup where backups go by default"
        if good is not None:
            error.hint = f"put a backup back:   {command('restore', str(source.database), os.path.relpath(good))}"
        raise


def _checked(source: Source, limits: Limits, backup_dir: Path | None, reporter: Reporter) -> Checkup:
    prepare = tamed(source.prepare)
    desired = load_desired(source.schema, prepare)

    def alone() -> sqlite3.Connection:
        return open_reading(source.database, prepare=prepare, wait=_READ_WAIT)

    with translated(doing="read the database", path=source.database), closing(alone()) as connection:
        begin_reading(connection, _READ_WAIT)
        ledger = find(connection, desired.history_table)
        ownership = Ownership(None, Renames(), Dropping(), desired.ignore)
        live = inspect(connection, ledger.hidden)
        facts = file_facts(connection, source.database)
        heading = Heading(
            database=str(source.database),
            schema=str(source.schema),
            size=facts.size,
            journal_mode=facts.journal_mode,
            at=last_version(connection, ledger),
            schema_digest=desired.digest,
            options=source.options,
        )

        def planned() -> tuple[Heading, Plan]:
            wished = wishes((), (), column_order=False)
            return heading, chart(connection, desired, wished, prepare_=prepare).plan

        subject = Subject(
            database=heading.database,
            connection=connection,
            alone=alone,
            schema=live.with_entries(entry for entry in live.entries if not ownership.ignores(entry)),
            planned=planned,
            limits=limits,
            copies=_copies(connection, ledger, source.database, backup_dir),
        )
        return Checkup(heading, tuple(examine(subject, reporter)))


def _folders(database: Path, backup_dir: Path | None) -> tuple[Path, ...]:
    return (default_folder(database), *([backup_dir] if backup_dir is not None else []))


def _copies(connection: sqlite3.Connection, ledger: Ledger, database: Path, backup_dir: Path | None) -> Copies:
    """Find the backups in their folders, and those that the history names wherever they lie."""
    folders = _folders(database, backup_dir)
    found = {file.resolve(): None for folder in folders for file in backups(folder, database)}
    home, gone = database.resolve().parent, []
    for version in versions(connection, ledger):
        if version.backup is None or version.rolled_back_at is not None:
            continue
        file = (home / version.backup).resolve()
        if file.is_file():
            found[file] = None
        else:
            gone.append((version.number, file))
    return Copies(tuple(sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.name))), tuple(gone))
