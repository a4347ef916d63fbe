"""Look at a live database beside its schema file: what is there, what is nobody's, and which hints are spent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile.database.connection import open_reading
from reconcile.database.equivalence import adopt_proven
from reconcile.database.inspect import inspect
from reconcile.database.lock import begin_reading
from reconcile.database.rehearse import rename
from reconcile.diff.adopt import Adopted, Dropping, Ownership
from reconcile.diff.changes import Refusal
from reconcile.diff.claims import Applied
from reconcile.diff.pairing import Decided, Pairing, likely_renames, pair
from reconcile.history.ledger import find, last_applied, locate
from reconcile.model.pair import Pair
from reconcile.model.schema import Schema
from reconcile.sql.names import Name, name

if TYPE_CHECKING:
    from reconcile.river import Desired

_READ_WAIT = 5.0  # seconds that a reading command waits for a lock
_HISTORY = "schema_version"


@dataclass(frozen=True, slots=True)
class Live:
    """A live schema without its history, what was applied last, and where the history stands (None: nowhere)."""

    schema: Schema
    managed: Schema | None
    applied: Applied
    history: Name | None


@dataclass(frozen=True, slots=True)
class Left:
    """What of a database its schema file does not say; `actual` is the live schema under its new names."""

    adopted: Adopted
    actual: Schema
    refusals: tuple[Refusal, ...]


def look(database: Path, history: Name | None = None) -> Live:
    """Read a live schema; the history is looked for where no name of it is given."""
    with _opened(database, history) as live:
        return live


def left_over(database: Path, desired: Desired) -> Left:
    """Find what is in the database and nobody's. What we applied ourselves and is desired no more is not."""
    live = look(database, desired.history_table)
    pairing = paired(live, desired)
    actual = rename(live.schema, pairing.renames).schema
    ownership = Ownership(live.managed, pairing.renames, Dropping(), desired.ignore)
    visible = actual.with_entries(entry for entry in actual.entries if not ownership.ignores(entry))
    likely = likely_renames(Pair(visible, desired.schema), desired.hints, Decided())
    return Left(adopt_proven(desired.schema, actual, ownership), actual, (*pairing.refusals, *likely))


def paired(live: Live, desired: Desired) -> Pairing:
    """Find out which live thing is which desired one."""
    return pair(Pair(live.schema, desired.schema), desired.hints, live.applied)


@contextmanager
def _opened(database: Path, history: Name | None) -> Iterator[Live]:
    with closing(open_reading(database, wait=_READ_WAIT)) as connection:
        begin_reading(connection, _READ_WAIT)
        found = history or locate(connection)
        ledger = find(connection, found or name(_HISTORY))
        applied = last_applied(connection, ledger)
        managed = applied.managed if applied else None
        yield Live(inspect(connection, ledger.hidden), managed, Applied(applied.hints if applied else None), found)
