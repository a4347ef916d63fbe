"""A saved plan: ``plan --out plan.json``. An id, text for eyes, and enough to say what has changed since; no rows.

It is never carried out: apply plans again, compares ids, and reads from here only why they differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from reconcile.errors import UsageError
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.plan.steps import Plan
from reconcile.preview.heading import Heading, View
from reconcile.preview.text import text
from reconcile.sql.names import fold

FORMAT_VERSION = 1
KIND = "reconcile plan"

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Making:
    """What a plan does not know about its own making. Paths are relative to the folder of the saved plan.

    `created_at` is UTC, ``YYYY-MM-DD HH:MM:SS``; `options` are the arguments that shaped the plan, but the schema file.
    """

    database: str
    schema: str
    options: tuple[str, ...]
    created_at: str
    reconcile_version: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What apply takes from a saved plan: what to plan again, and the id that must come out."""

    plan_id: str
    database: str
    schema: str
    options: tuple[str, ...]
    created_at: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What a saved plan was made from: when (UTC), at which version, from which schema file, over which objects."""

    created_at: str
    at: int
    schema_digest: str
    live: Document

    def changes(self, live: Schema) -> tuple[str, ...]:
        """Say what others did to the schema since."""
        return changed_since(self.live, live)


def origin(content: Document) -> Origin:
    """Give what a saved plan was made from, of a document that `read` has read."""
    at = content.get("at")
    return Origin(
        str(content["created_at"]), at if isinstance(at, int) else 0, str(content.get("schema_digest")), content
    )


def document(heading: Heading, plan: Plan, making: Making) -> Document:
    """Give the document of a plan that has an id.

    format_version  1
    kind            ``reconcile plan``
    plan_id         the id that must come out again
    database, schema   paths relative to the folder of this file
    schema_digest   SHA-256 of the schema file
    at              the last version in the history, or null
    options         the other arguments that shaped the plan, one word each
    created_at      UTC, ``YYYY-MM-DD HH:MM:SS``
    reconcile_version, sqlite_version
    preview         the plan as text, without keys of rows
    live            type, name, table and SHA-256 of the SQL of every object that was there
    """
    return {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "plan_id": plan.id,
        "database": making.database,
        "schema": making.schema,
        "schema_digest": heading.schema_digest,
        "at": heading.at,
        "options": list(making.options),
        "created_at": making.created_at,
        "reconcile_version": making.reconcile_version,
        "sqlite_version": plan.engine.text,
        "preview": text(heading, plan, View(keys=0)).split("\n"),
        "live": [_fingerprint(entry) for entry in plan.actual.entries],
    }


def written(content: Document) -> str:
    """Write a document: ASCII only, so that no name in it can drive a terminal."""
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def read(source: str, place: str) -> tuple[Document, Saved]:
    """Read a saved plan; raise UsageError for anything else."""
    hint = "a saved plan is what `reconcile plan DB --out FILE` writes"
    try:
        content = json.loads(source)
    except ValueError as error:
        raise UsageError(f"this is no saved plan: {error}", place=place, hint=hint) from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise UsageError("this is no saved plan", place=place, hint=hint)
    if content.get("format_version") != FORMAT_VERSION:
        message = f"format_version {content.get('format_version')} is not one that this reconcile reads"
        raise UsageError(message, place=place, hint="plan again")
    words = [content.get(key) for key in ("plan_id", "database", "schema", "created_at")]
    options = content.get("options")
    if not (_all_text(words) and isinstance(options, list) and _all_text(options)):
        raise UsageError("this saved plan is damaged", place=place, hint="plan again")
    plan_id, database, schema, created_at = words
    return content, Saved(plan_id, database, schema, tuple(options), created_at)


def changed_since(content: Document, live: Schema) -> tuple[str, ...]:
    """Say what others did to the schema since a plan was saved: ``someone added index orders.tmp_ix``."""
    return _changed({_identity(*row[:2]): row for row in _rows(content.get("live"))}, live)


def changed_between(before: Schema, live: Schema) -> tuple[str, ...]:
    """Say what others did to a schema since it was recorded."""
    return _changed({entry.identity: _fingerprint(entry) for entry in before.entries}, live)


def _changed(before: dict[tuple[bool, str], list[str]], live: Schema) -> tuple[str, ...]:
    now = {entry.identity: entry for entry in live.entries}
    lines = []
    for identity, entry in now.items():
        row = before.get(identity)
        if row is None:
            lines.append(f"someone added {_called(entry.kind.value, entry.name.text, entry.table.text)}")
        elif row != _fingerprint(entry):
            lines.append(f"someone changed {_called(entry.kind.value, entry.name.text, entry.table.text)}")
    lines += [f"someone dropped {_called(*row[:3])}" for identity, row in before.items() if identity not in now]
    return tuple(lines)


def _fingerprint(entry: Entry) -> list[str]:
    digest = hashlib.sha256(entry.sql.encode("utf-8", "surrogateescape")).hexdigest()
    return [entry.kind.value, entry.name.text, entry.table.text, digest]


def _identity(kind: str, called: str) -> tuple[bool, str]:
    return kind == ObjectKind.TRIGGER.value, fold(called)


def _called(kind: str, own: str, table: str) -> str:
    """Call an object so that it can be found: an index and a trigger by their table."""
    return f"{kind} {own}" if own == table else f"{kind} {table}.{own}"


def _rows(live: object) -> Iterator[list[str]]:
    """Yield the rows of the live schema that can be read; a file is edited more easily than a database."""
    for row in live if isinstance(live, list) else ():
        if isinstance(row, list) and len(row) == 4 and _all_text(row):
            yield row


def _all_text(values: list[object]) -> TypeGuard[list[str]]:
    return all(isinstance(value, str) for value in values)
