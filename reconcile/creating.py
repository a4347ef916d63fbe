"""Create: fill an empty connection with a schema. For tests, and for databases that are made and thrown away."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from reconcile.errors import FailedError, UsageError
from reconcile.river import load_desired


def create(connection: sqlite3.Connection, schema: str | os.PathLike[str] = "schema.yaml") -> None:
    """Create everything that a schema file declares on an open connection whose `main` is empty.

    ``:memory:`` will do, and so will a temporary file: this is what tests want. It is one savepoint: inside a
    transaction of yours it is part of it, otherwise it is committed. No history is written. The functions and
    collations that the schema uses in what SQLite evaluates at once must be there before, as they must for any
    program; nothing else of the connection is looked at or changed.

    Raises UsageError where `main` is not empty, SchemaFileError, FailedError (code ``cannot-create``) where this
    SQLite cannot create an object: a module or a function is missing.
    """
    found = connection.execute("SELECT 1 FROM main.sqlite_schema LIMIT 1")
    if found.fetchone() is not None:
        hint = "give an empty one; reconcile.apply changes a database that has something in it"
        raise UsageError("this connection's database is not empty", code="not-empty", hint=hint)
    desired = load_desired(Path(schema))
    connection.execute("SAVEPOINT reconcile_create")
    try:
        for entry in desired.schema.entries:
            try:
                connection.execute(entry.sql)
            except sqlite3.Error as error:
                message = f"could not create the {entry.kind.value} {entry.name}: {error}"
                raise FailedError(message, code="cannot-create", place=str(schema)) from error
    except BaseException:
        connection.execute("ROLLBACK TO reconcile_create")
        connection.execute("RELEASE reconcile_create")
        raise
    connection.execute("RELEASE reconcile_create")
