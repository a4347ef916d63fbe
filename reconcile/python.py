"""The verbs as a Python program calls them: paths as text, consent as lists, everything else by name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from reconcile import api
from reconcile.apply.reporter import Reporter
from reconcile.creating import create
from reconcile.database.connection import Prepare
from reconcile.errors import UsageError
from reconcile.history.ledger import Version
from reconcile.values import ApplyOptions, Outcome, Planned, Restored, Source

if TYPE_CHECKING:
    from reconcile.checkup import Checkup

__all__ = [
    "apply",
    "backup",
    "check",
    "create",
    "diff",
    "health",
    "history",
    "inspect",
    "plan",
    "plan_rollback",
    "restore",
    "rollback",
]

StrPath: TypeAlias = str | os.PathLike[str]


def plan(  # noqa: PLR0913 - a door: everything but the two paths is named where it is called
    database: StrPath,
    schema: StrPath = "schema.yaml",
    *,
    allow: Iterable[str] = (),
    drop: Iterable[str] = (),
    column_order: bool = False,
    method: Literal["rebuild"] | None = None,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Planned:
    """Plan what `apply` would do, reading only, with the real rows counted.

    `schema` is a schema.yaml, a .sql file of CREATE statements, or another database. `allow` consents to losses by
    name (``drop-column:products.legacy_code``), `drop` drops what nobody manages (``column:products.old``);
    `column_order` puts columns in the file's order at the price of a rebuild; `method` ``rebuild`` rebuilds a table
    wherever the catalog would be edited. `prepare` is called with each connection before it is used. A plan that is
    blocked or wants consent is returned, not raised.

    Raises SchemaFileError, DatabaseFileError, DamagedError, BusyError (after 5 s), UsageError (words in `allow` or
    `drop` that say nothing), FailedError.
    """
    return api.plan(_source(database, schema, allow, drop, column_order, method, prepare), reporter=reporter)


def apply(  # noqa: PLR0913 - a door: everything but the two paths is named where it is called
    database: StrPath,
    schema: StrPath = "schema.yaml",
    *,
    message: str | None = None,
    allow: Iterable[str] = (),
    drop: Iterable[str] = (),
    column_order: bool = False,
    method: Literal["rebuild"] | None = None,
    plan_id: str | None = None,
    wait: float = 30.0,
    create: bool = False,
    backup: bool = True,
    backup_dir: StrPath | None = None,
    keep: int | None = None,
    integrity: bool = False,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Outcome:
    """Apply: lock, plan again, back up, change, prove, record, commit; all of it or nothing.

    `message` describes the change in the history. `plan_id` is the `id` of a plan that was seen: the same one must
    come out again, and naming it consents to what it showed. `wait` is how many seconds to wait for a lock. `create`
    creates a database that is missing. A backup goes to `backup_dir` (``backups`` beside the database) unless
    `backup` is False; `keep` deletes all but the newest so many of them. `integrity` has every page and index of the
    file checked before and after, which takes some 30 s per GB each. The rest is as in `plan`. Nobody is asked:
    a plan that loses nothing is applied, any other wants `allow` or `plan_id`.

    Raises BlockedError (its `plan` is the Planned that was refused), StaleError, BusyError, VerificationError,
    FailedError, InterruptedByUserError, and what `plan` raises; `data` of each says what state the database is in.
    """
    options = ApplyOptions(
        message=message,
        yes=True,
        plan_id=plan_id,
        wait=wait,
        create=create,
        backup=backup,
        backup_dir=_path(backup_dir),
        keep=_kept(keep),
        integrity=integrity,
    )
    return api.apply(_source(database, schema, allow, drop, column_order, method, prepare), options, reporter=reporter)


def check(database: StrPath, schema: StrPath = "schema.yaml", *, prepare: Prepare | None = None) -> bool:
    """Say whether a database is in sync with its schema file. Nothing is written. Raises what `plan` raises."""
    return plan(database, schema, prepare=prepare).in_sync


def inspect(
    database: StrPath,
    *,
    format: Literal["yaml", "sql", "json"] = "yaml",  # noqa: A002 - as the command line's option
    prepare: Prepare | None = None,
) -> str:
    """Give the live schema as the text of a schema.yaml (or as SQL, or JSON), without the history tables.

    Raises DatabaseFileError, DamagedError, BusyError (after 5 s), FailedError.
    """
    if format not in ("yaml", "sql", "json"):
        raise UsageError(f"there is no format {format!r}", hint="yaml, sql or json")
    return api.inspect(Path(database), format=format, prepare=prepare)


def health(  # noqa: PLR0913 - a door: everything but the two paths is named where it is called
    database: StrPath,
    schema: StrPath = "schema.yaml",
    *,
    rows: Mapping[str, str] | None = None,
    nulls: Mapping[str, str] | None = None,
    backup_dir: StrPath | None = None,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Checkup:
    """Look for what is wrong with a database, or soon will be, reading only; every page and every row is read.

    `rows` are limits by table (``1..``, ``..5000``, ``1..5000``), `nulls` by ``table.column`` (``5%``). Backups are
    looked for in `backup_dir` too. What is found is returned, not raised, damage included.

    Raises SchemaFileError, DatabaseFileError, DamagedError where not even the schema can be read, BusyError (after
    5 s), UsageError (a limit that says nothing, or is for what is not there), FailedError.
    """
    from reconcile import checkup  # noqa: PLC0415 - no other verb needs the checks
    from reconcile.health.limits import limits  # noqa: PLC0415

    source = _source(database, schema, (), (), column_order=False, method=None, prepare=prepare)
    folder = None if backup_dir is None else Path(backup_dir)
    return checkup.health(source, limits(rows or {}, nulls or {}), backup_dir=folder, reporter=reporter)


def history(database: StrPath, number: int | None = None, *, prepare: Prepare | None = None) -> tuple[Version, ...]:
    """Give the versions that were applied, newest first; with `number` only that one, or nothing.

    Raises DatabaseFileError, DamagedError, BusyError (after 5 s), FailedError.
    """
    return api.history(Path(database), number, prepare=prepare)


def backup(  # noqa: PLR0913 - a door: everything but the two paths is named where it is called
    database: StrPath,
    file: StrPath | None = None,
    *,
    backup_dir: StrPath | None = None,
    keep: int | None = None,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Path:
    """Copy a database that may be in use, verify the copy, and give its path.

    The copy goes to `file`, which must not exist, or under a name with the time in it to `backup_dir` (``backups``
    beside the database), where `keep` then deletes all but the newest so many.

    Raises UsageError, DatabaseFileError, DamagedError, BusyError, FailedError.
    """
    if file is not None and backup_dir is not None:
        raise UsageError("file and backup_dir exclude each other", hint="leave one of them out")
    return api.backup(
        Path(database), _path(file), folder=_path(backup_dir), keep=_kept(keep), prepare=prepare, reporter=reporter
    )


def restore(
    database: StrPath,
    backup: StrPath,
    *,
    wait: float = 30.0,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Restored:
    """Put a backup's content back into the live file, whoever has it open, after a backup of what is there.

    `wait` is how many seconds to wait for a lock; `Restored.safety` is where what was there is kept.

    Raises UsageError, DatabaseFileError, DamagedError, BusyError, FailedError, VerificationError.
    """
    return api.restore(Path(database), Path(backup), wait=wait, prepare=prepare, reporter=reporter)


def plan_rollback(database: StrPath, *, allow: Iterable[str] = (), prepare: Prepare | None = None) -> Planned:
    """Plan what `rollback` would do, reading only: the way back from the last version that stands.

    Raises UsageError where there is nothing to roll back, and what `plan` raises.
    """
    return api.plan_rollback(Path(database), allow=_words(allow), prepare=prepare)


def rollback(  # noqa: PLR0913 - a door: everything but the path is named where it is called
    database: StrPath,
    *,
    message: str | None = None,
    allow: Iterable[str] = (),
    plan_id: str | None = None,
    wait: float = 30.0,
    backup: bool = True,
    prepare: Prepare | None = None,
    reporter: Reporter | None = None,
) -> Outcome:
    """Undo the last version: the schema as it was, and the data that the version took away or converted.

    Rows that were written since stay. It is a plan like any other, and wants consent like any other (`allow`, or
    the `plan_id` of a `plan_rollback`); it is recorded as a version of its own, and can be rolled back itself.

    Raises UsageError where there is nothing to roll back, and what `apply` raises.
    """
    options = ApplyOptions(message=message, yes=True, plan_id=plan_id, wait=wait, backup=backup)
    return api.rollback(Path(database), options, allow=_words(allow), prepare=prepare, reporter=reporter)


def diff(old: StrPath, new: StrPath, *, prepare: Prepare | None = None) -> Planned:
    """Compare any two of schema.yaml, .sql and .db: the plan that leads from `old` to `new`, as if without rows.

    Raises SchemaFileError, DatabaseFileError, DamagedError, BusyError, FailedError.
    """
    return api.difference(Path(old), Path(new), prepare=prepare)


def _source(  # noqa: PLR0913, PLR0917 - it gathers what the doors were given
    database: StrPath,
    schema: StrPath,
    allow: Iterable[str],
    drop: Iterable[str],
    column_order: bool,  # noqa: FBT001
    method: str | None,
    prepare: Prepare | None,
) -> Source:
    if method not in (None, "rebuild"):
        raise UsageError(f"method={method!r} is none", hint='method="rebuild", or None for the cheapest that is safe')
    rebuilds = method == "rebuild"
    return Source(Path(database), Path(schema), _words(allow), _words(drop), column_order, rebuilds, prepare)


def _words(given: Iterable[str]) -> tuple[str, ...]:
    """Take a list of words; one bare word is meant as such, and not as its letters."""
    return (given,) if isinstance(given, str) else tuple(given)


def _path(given: StrPath | None) -> Path | None:
    return None if given is None else Path(given)


def _kept(keep: int | None) -> int | None:
    if keep is not None and keep < 1:
        raise UsageError(f"keep={keep} would delete every backup", hint="keep at least 1, or None for all")
    return keep
