"""The target: the desired schema plus what is nobody's.

What stands in the live database, is not desired and was never applied by us is *unmanaged*: shown, kept, carried.
What we applied before and is desired no more is a drop.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from reconcile.ddl import Keep, compose, reworded
from reconcile.diff.candidates import Doubt, proven_same, proven_twins
from reconcile.diff.changes import Refusal, Renames
from reconcile.diff.compare import means_the_same, same_words, shared_columns
from reconcile.diff.written import proven_written
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import Check, Column, Constraint, ForeignKey, Table, Unique
from reconcile.sql.clauses import Kind
from reconcile.sql.create import Unreadable
from reconcile.sql.names import Name, fold, name, unquote
from reconcile.sql.text import requoted

_NOTHING: frozenset[Doubt] = frozenset()


@dataclass(frozen=True, slots=True)
class Dropping:
    """What the user named with ``--drop kind:name``: (kind word, folded ``name`` or ``table.name``)."""

    objects: frozenset[tuple[str, str]] = frozenset()

    def names(self, kind: str, *path: Name) -> bool:
        """Say whether this object was named."""
        return (kind, ".".join(part.key for part in path)) in self.objects


@dataclass(frozen=True, slots=True)
class Adopted:
    """The target, and what of it is nobody's: whole entries, and columns and constraints by table."""

    target: Schema
    entries: tuple[Entry, ...] = ()
    columns: tuple[tuple[Name, Column], ...] = ()
    constraints: tuple[tuple[Name, Constraint], ...] = ()
    ignored: tuple[Entry, ...] = ()
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class _Finding:
    """What is collected while the target is put together."""

    entries: list[Entry] = field(default_factory=list)
    ignored: list[Entry] = field(default_factory=list)
    columns: list[tuple[Name, Column]] = field(default_factory=list)
    constraints: list[tuple[Name, Constraint]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who a live thing belongs to. `applied` is the schema as we last applied it, under the names of then.

    `exact` asks for the desired text of what differs, and not for the live words in it.
    """

    applied: Schema | None
    renames: Renames
    dropping: Dropping
    ignore: tuple[str, ...] = ()
    exact: bool = False

    def ignores(self, entry: Entry) -> bool:
        """Say whether a name is one that the user told us to pass over."""
        return any(fnmatchcase(entry.name.key, fold(pattern)) for pattern in self.ignore)

    def drops(self, entry: Entry) -> bool:
        """Say whether an object that is not desired goes: applied by us before, or named by the user now."""
        if self.dropping.names(entry.kind.value.replace("virtual ", ""), entry.name):
            return True
        if self.applied is None:
            return False
        old = self.renames.old_table(entry.name) if entry.kind.is_relation else entry.name
        found = self.applied.find(entry.kind, old)
        return found is not None

    def drops_column(self, table: Table, column: Column) -> bool:
        """Say whether a column that is not desired goes."""
        if self.dropping.names("column", table.name, column.name):
            return True
        was = self._applied_table(table.name)
        return was is not None and was.column(self.renames.old_column(table.name, column.name)) is not None

    def _applied_table(self, new: Name) -> Table | None:
        if self.applied is None:
            return None
        entry = self.applied.find(ObjectKind.TABLE, self.renames.old_table(new))
        if entry is None:
            return None
        try:
            return read_table(entry)
        except Unreadable:
            return None


def adopt(desired: Schema, actual: Schema, ownership: Ownership, proven: frozenset[Doubt] = _NOTHING) -> Adopted:
    """Put the target together. `actual` has its new names already; `proven` are texts that SQLite reads alike."""
    finding = _Finding()
    schemas = Pair(actual, desired)
    entries = [_target(entry, schemas, ownership, finding, proven) for entry in desired.entries]
    dropped = {
        entry.name
        for entry in actual.entries
        if entry.kind.is_relation and desired.get(entry) is None and _goes(entry, ownership)
    }
    for entry in actual.entries:
        if desired.get(entry) is not None or (entry.name in dropped and entry.kind.is_relation):
            continue
        # An index or a trigger goes with its table, whoever it belongs to.
        if not entry.kind.is_relation and entry.table in dropped:
            continue
        if ownership.ignores(entry):
            finding.ignored.append(entry)
        elif not ownership.drops(entry):
            finding.entries.append(entry)
    target = desired.with_entries(_in_order([*entries, *finding.entries, *finding.ignored], actual))
    return Adopted(
        Schema(target.entries, actual.shadows),
        tuple(finding.entries),
        tuple(finding.columns),
        tuple(finding.constraints),
        tuple(finding.ignored),
        tuple(finding.refusals),
    )


def _goes(entry: Entry, ownership: Ownership) -> bool:
    # A name that came under `ignore` after we had applied it is none of our business any more.
    return ownership.drops(entry) and not ownership.ignores(entry)


def _target(
    desired: Entry, schemas: Pair[Schema], ownership: Ownership, finding: _Finding, proven: frozenset[Doubt]
) -> Entry:
    """Give the desired entry in the live one's own words, comments and all, wherever both mean the same."""
    live = schemas.old.get(desired)
    if live is None:
        return desired
    try:
        if same_words(Pair(live, desired)):
            return live
        entries = Pair(live, _reworded(desired, live, proven))
        columns = shared_columns(schemas, desired)
        if means_the_same(entries, columns) or (
            proven_same(entries, columns, proven) and not _exactly(entries, ownership)
        ):
            return live
        if desired.kind is not ObjectKind.TABLE:
            return desired
        tables = read_table(entries.new), read_table(live)
    except Unreadable:
        return desired  # compare() refuses it by name
    keep = _kept(*tables, ownership)
    if ownership.exact and keep == Keep():
        return desired  # a way back wants the remembered text, comments and all
    clash = _second_key(*tables, keep)
    if clash is not None:
        finding.refusals.append(clash)
        return live
    finding.columns += [(desired.name, column) for column in tables[1].columns if column.name in keep.columns]
    finding.constraints += [(desired.name, constraint) for constraint in keep.constraints]
    written = Entry(desired.kind, desired.name, desired.table, compose(*tables, keep))
    return proven_written(written, Pair(tables[1], read_table(desired)), keep, proven)


def _exactly(entries: Pair[Entry], ownership: Ownership) -> bool:
    """Say whether a way back wants the remembered words although others mean the same: of what costs no rows."""
    if not ownership.exact or entries.new.kind not in (ObjectKind.VIEW, ObjectKind.TRIGGER):
        return False
    return not requoted(entries.old.sql, entries.new.sql)  # SQLite quotes the names that it renames


def _reworded(desired: Entry, live: Entry, proven: frozenset[Doubt]) -> Entry:
    """Put the live words into a desired table's text, for the expressions that were proven to mean the same."""
    if not proven or desired.kind is not ObjectKind.TABLE:
        return desired
    table = read_table(desired)
    return replace(desired, sql=reworded(table.text, proven_twins(Pair(read_table(live), table), proven)))


def _kept(desired: Table, live: Table, ownership: Ownership) -> Keep:
    columns = frozenset(
        column.name
        for column in live.columns
        if desired.column(column.name) is None and not ownership.drops_column(live, column)
    )
    constraints = tuple(
        constraint
        for constraint in live.constraints
        if constraint not in desired.constraints and constrained(constraint) & columns
    )
    return Keep(columns, constraints)


def _second_key(desired: Table, live: Table, keep: Keep) -> Refusal | None:
    """Refuse a column that is nobody's and brings its own PRIMARY KEY into a table that has one of its own."""
    own = (c for c in live.text.columns if any(clause.kind is Kind.PRIMARY_KEY for clause in c.clauses))
    column = next((name(unquote(each.name)) for each in own), None)
    if desired.primary_key is None or column is None or column not in keep.columns:
        return None
    message = (
        f"column {live.name}.{column} is the primary key in the database and not in the schema file, "
        f"which wants another key"
    )
    ways = (
        f"If it has a new name, say so in the schema file:   renamed_from: {column}",
        f"If it may go:   --drop column:{live.name}.{column}",
        "If it stays, write it into the schema file as the key: a table has one.",
    )
    return Refusal("breaks-unmanaged", f"{live.name}.{column}", message, ways)


def constrained(constraint: Constraint) -> frozenset[Name]:
    """Give the columns that a constraint names."""
    match constraint:
        case Unique():
            return frozenset(term.column for term in constraint.terms)
        case Check():
            return constraint.columns | ({constraint.home} if constraint.home else frozenset())
        case ForeignKey():
            return frozenset(constraint.columns)


def _in_order(entries: list[Entry], actual: Schema) -> list[Entry]:
    """Put entries into an order in which they can be created: tables, then what stands on them.

    What is there keeps its place: triggers fire, and the planner weighs indexes, in the order of their creation.
    """
    ranks = {
        ObjectKind.TABLE: 0,
        ObjectKind.VIRTUAL: 0,
        ObjectKind.INDEX: 1,
        ObjectKind.VIEW: 2,
        ObjectKind.TRIGGER: 3,
    }
    places = {entry.identity: place for place, entry in enumerate(actual.entries)}
    last = len(places)
    return sorted(entries, key=lambda entry: (ranks[entry.kind], places.get(entry.identity, last)))
