"""What a database holds beyond its schema file, put into the file's text, and proven to be all of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from reconcile.cli.live import left_over
from reconcile.database.materialise import materialise
from reconcile.desired.additions import additions
from reconcile.desired.declare import declare
from reconcile.desired.load import load
from reconcile.desired.merge import Addition, merge
from reconcile.errors import BlockedError, FailedError, SchemaFileError
from reconcile.river import Desired, load_desired


@dataclass(frozen=True, slots=True)
class Merged:
    """The bytes of a schema file as they were, its new text, and what was added."""

    before: bytes
    text: str
    added: tuple[Addition, ...]


def merged(file: Path, database: Path) -> Merged:
    """Add what the database holds and the file does not say; raise BlockedError where that may be a rename."""
    left = left_over(database, load_desired(file))
    if left.refusals:
        first = left.refusals[0]
        raise BlockedError(first.message, hint="; ".join(" ".join(way.split()) for way in first.ways))
    before = file.read_bytes()
    loaded = load(before, str(file))
    added = additions(loaded, left.adopted, left.actual)
    text = merge(loaded, added)
    if added:
        _prove(text, file, database)
    return Merged(before, text, added)


def _prove(text: str, file: Path, database: Path) -> None:
    """Read the new text as `plan` would: nothing may be left that it does not say."""
    digest = sha256(text.encode()).hexdigest()
    try:
        draft = declare(load(text, str(file)), digest)
        desired = Desired(materialise(draft), draft.hints, draft.ignore, draft.history_table, digest)
    except SchemaFileError as error:
        message = f"what is in the database cannot stand in this file: {error.problems[0].message}"
        raise FailedError(message, place=str(file), hint=error.problems[0].help) from error
    left = left_over(database, desired).adopted
    names = [entry.name.text for entry in left.entries]
    names += [f"{table}.{column.name}" for table, column in left.columns]
    names += [f"a constraint of {table}" for table, _ in left.constraints]
    if names:
        raise FailedError(f"{', '.join(names)} could not be taken in", place=str(file))
