"""A dump of another database -> schema.yaml, which SQLite has built and could use."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from reconcile.database.materialise import materialise
from reconcile.database.scratch import open_scratch
from reconcile.desired.declare import declare
from reconcile.desired.dialect import Imported, imported
from reconcile.desired.draft import Draft
from reconcile.desired.load import load
from reconcile.errors import BugError, Problem, SchemaFileError
from reconcile.model.schema import ObjectKind
from reconcile.sql.names import quote


def import_dump(dump: Path, dialect: str) -> str:
    """Read a dump, translate it and let SQLite build it; raise SchemaFileError with all that cannot be carried."""
    found = imported(_text(dump), dialect, str(dump))
    try:
        draft = declare(load(found.text, "schema.yaml"), "")
    except SchemaFileError as error:
        raise BugError(f"the translation of this dump is no valid schema.yaml: {error}", place=str(dump)) from error
    problems = tuple(_problems(found, draft))
    if problems:
        raise SchemaFileError(problems)
    materialise(draft)  # nothing but what was declared may have come out
    return found.text


def _problems(found: Imported, draft: Draft) -> Iterator[Problem]:
    """Build and use everything without the stubs of our scratch databases: a function that is missing is missing."""
    with closing(open_scratch()) as scratch:
        for fragment in draft.fragments:
            name = fragment.name.text
            try:
                scratch.connection.execute(fragment.sql)
                if fragment.kind is ObjectKind.TABLE:
                    scratch.connection.execute(f"EXPLAIN INSERT INTO {quote(name)} DEFAULT VALUES")
            except sqlite3.Error as error:
                yield found.blame(name, f"SQLite says of {fragment.kind.value} {name}: {error}")
        for fragment in draft.fragments:
            if fragment.kind is ObjectKind.VIEW:
                try:
                    scratch.connection.execute(f"EXPLAIN SELECT * FROM {fragment.name.quoted}")
                except sqlite3.Error as error:
                    yield found.blame(fragment.name.text, f"SQLite says of view {fragment.name}: {error}")


def _text(dump: Path) -> str:
    try:
        return dump.read_text("utf-8")
    except UnicodeDecodeError as error:
        message = f"this is not UTF-8 text: {error}"
    except OSError as error:
        message = f"it cannot be read: {error.strerror}"
    raise SchemaFileError((Problem(message, str(dump), 1, 1, ""),))
