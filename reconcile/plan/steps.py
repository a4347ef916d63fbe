"""Plan, Step and Hazard: what will be done, and what will happen to the rows. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from reconcile.diff.changes import Change, Edit, Refusal, Renames, Unread
from reconcile.model.engine import Engine
from reconcile.model.facts import Answer, Facts, Look
from reconcile.model.schema import Entry, Schema
from reconcile.model.table import Column, Constraint
from reconcile.sql.names import Name, fold


@dataclass(frozen=True, slots=True)
class Run:
    """One SQL statement to execute. `rows` says how many rows it passes over, for progress (None: none).

    `creates` is the entry that it creates, so that a failure can be laid at its door.
    """

    sql: str
    rows: int | None = None
    creates: Entry | None = None


@dataclass(frozen=True, slots=True)
class Prove:
    """One query that must give the single value 1, while both the old and the new state still exist.

    `claim` is what it proves, in words; `sample` a query for a few keys of rows that break it. `look` is the look at
    the live rows that proves the same, as long as no step has written to their table.
    """

    claim: str
    sql: str
    sample: str | None = None
    look: Look | None = None


Action = Run | Prove


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a plan that a user would call one thing: ``rebuild products``."""

    title: str
    object: str
    actions: tuple[Action, ...]


class Method(Enum):
    """How a change is made; the value is the word that users read."""

    CREATE = "create"
    DROP = "drop"
    IN_PLACE = "in place"
    CATALOG = "catalog edit"
    REBUILD = "rebuild"
    NONE = "nothing to do"


class Severity(Enum):
    """What a hazard means for the plan."""

    BLOCKED = "blocked"  # fix the rows, or the schema file
    CONSENT = "needs consent"  # destructive: must be named by the user
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something that a plan would do to rows, or that rows do to a plan.

    `object` is what consent names (``products.legacy_code``); `message` one sentence with the real counts; `query`
    finds all rows in the way; `ways` are lines to paste.
    """

    code: str
    severity: Severity
    object: str
    message: str
    answer: Answer | None = None
    query: str | None = None
    ways: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def consent(self) -> tuple[str, str]:
        """The code and the folded object by which consent is given."""
        return self.code, fold(self.object)


@dataclass(frozen=True, slots=True)
class Work:
    """One change with the way it is made: what the preview shows. `reason` is the edit that forces a rebuild.

    `carried` are the indexes and triggers of the table, and `referenced_by` the tables with foreign keys to it;
    `restored` says, on a way back, how many rows get a column's value out of the backup, or come back with their table;
    `why` says why that way, where the edits alone do not tell.
    """

    change: Change
    method: Method
    rows: int | None = None
    reason: Edit | None = None
    carried: tuple[Entry, ...] = ()
    referenced_by: tuple[Name, ...] = ()
    restored: tuple[tuple[Name, int], ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """What stands in the database and is nobody's: kept and carried."""

    entries: tuple[Entry, ...] = ()
    columns: tuple[tuple[Name, Column], ...] = ()
    constraints: tuple[tuple[Name, Constraint], ...] = ()

    @property
    def count(self) -> int:
        """How many objects that are."""
        return len(self.entries) + len(self.columns) + len(self.constraints)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user allows and asks for: shapes the plan, never part of the rows' truth.

    `allowed` holds (code, folded object) pairs; `column_order` asks for the file's order of columns; `rebuilds` asks
    for a rebuild wherever the catalog would be edited.
    """

    allowed: frozenset[tuple[str, str]] = frozenset()
    column_order: bool = False
    rebuilds: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about what would be done. `id` is None where the plan is blocked."""

    engine: Engine
    actual: Schema
    target: Schema
    managed: Schema
    renames: Renames
    works: tuple[Work, ...]
    steps: tuple[Step, ...]
    hazards: tuple[Hazard, ...]
    refusals: tuple[Refusal, ...]
    unread: tuple[Unread, ...]
    unmanaged: Unmanaged
    facts: Facts
    policy: Policy
    digest: str
    notes: tuple[str, ...] = field(default=())

    @property
    def id(self) -> str | None:
        """The id to paste, ``7c1e-a40b``; a plan that is blocked has none."""
        return None if self.blocked else f"{self.digest[:4]}-{self.digest[4:8]}"

    @property
    def is_empty(self) -> bool:
        """Say whether nothing would be done and nothing is in the way."""
        return not (self.steps or self.blocked or self.wanting)

    @property
    def blocked(self) -> tuple[str, ...]:
        """What no consent can help, as ``code:object``."""
        out = [f"{hazard.code}:{hazard.object}" for hazard in self.hazards if hazard.severity is Severity.BLOCKED]
        out += [f"{refusal.code}:{refusal.object}" for refusal in self.refusals]
        return (*out, *(f"unreadable:{unread.entry.name}" for unread in self.unread))

    @property
    def wanting(self) -> tuple[Hazard, ...]:
        """The hazards that still want consent."""
        return tuple(
            hazard
            for hazard in self.hazards
            if hazard.severity is Severity.CONSENT and hazard.consent not in self.policy.allowed
        )

    @property
    def rebuilds(self) -> int:
        """How many tables are rebuilt."""
        return sum(work.method is Method.REBUILD for work in self.works)
