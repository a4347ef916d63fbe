"""The planner: two schemas, hints and facts -> a plan. It never sees a connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from reconcile.diff.adopt import Adopted
from reconcile.diff.changes import Alter, Change, Create, Drop, Refusal, Renames, Replace
from reconcile.diff.compare import Difference, compare
from reconcile.model.engine import Engine
from reconcile.model.facts import Facts, HasRows, Orphans, Question, RowCount, Violations
from reconcile.model.fingerprint import digest, rows
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.reading import read_table
from reconcile.model.schema import Entry, ObjectKind, Schema
from reconcile.model.table import ForeignKey
from reconcile.plan.cost import heavy
from reconcile.plan.hazards import RULES, WHOLE_RULES, Rule, Whole
from reconcile.plan.lower import UNKNOWN, Lowered, Rows, default_questions, lower
from reconcile.plan.mapping import WAS, Origin
from reconcile.plan.order import Ordering, steps
from reconcile.plan.rebuild import Recipe
from reconcile.plan.restoration import FOUND, KeptTable, rows_of, untouched
from reconcile.plan.scene import Scene, scene
from reconcile.plan.steps import Hazard, Method, Plan, Policy, Run, Severity, Step, Unmanaged, Work
from reconcile.sql.create import Unreadable
from reconcile.sql.mentions import referenced
from reconcile.sql.names import Name, quote

_NO_ROW_WRITTEN = (Method.CATALOG, Method.IN_PLACE)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a plan is computed from, but the facts.

    `live` is the schema as it is; `actual` the same under the new names; `managed` the desired schema alone.
    `rename_runs` are the statements that lead from `live` to `actual`; `suspended` identities of views and triggers
    that are to be set aside; `displaced` gave their names to renamed tables, and went in those statements; `found` are
    hazards that a rehearsal found; `kept` are the tables of a backup, for a way
    back.
    """

    live: Schema
    actual: Schema
    adopted: Adopted
    managed: Schema
    hints: Hints
    renames: Renames
    engine: Engine
    policy: Policy
    refusals: tuple[Refusal, ...] = ()
    rename_runs: tuple[str, ...] = ()
    suspended: frozenset[tuple[bool, str]] = frozenset()
    found: tuple[Hazard, ...] = ()
    kept: tuple[KeptTable, ...] = ()
    decided: frozenset[str] | None = frozenset()
    displaced: tuple[Entry, ...] = ()

    @property
    def target(self) -> Schema:
        """The desired schema plus what is nobody's."""
        return self.adopted.target


@dataclass(frozen=True, slots=True)
class Prepared:
    """The changes, each in its scene, before anything was asked."""

    inputs: Inputs
    difference: Difference
    scenes: tuple[Scene, ...]


def prepare(inputs: Inputs) -> Prepared:
    """Find the changes, and set the scene for each."""
    difference = compare(inputs.actual, inputs.target, inputs.hints)
    difference = replace(difference, changes=(*difference.changes, *map(Drop, inputs.displaced)))
    kept = tuple(change for change in difference.changes if not _goes_along(change, inputs))
    schemas = Pair(inputs.actual, inputs.target)
    nobodys = frozenset(entry.name.key for entry in inputs.adopted.entries)
    frame = (schemas, inputs.renames, inputs.hints, inputs.engine, None, nobodys, inputs.kept, inputs.decided)
    scenes = tuple(scene(change, Scene(change, *frame)) for change in kept)
    return Prepared(inputs, replace(difference, changes=kept), scenes)


def questions(prepared: Prepared) -> tuple[Question, ...]:
    """Give every question once, in a stable order, however many rules ask it."""
    asked: dict[Question, None] = {}
    for each in prepared.scenes:
        asked.update(dict.fromkeys(_about_rows(each, prepared.inputs.policy)))
        indexed = _indexed(each)
        if indexed is not None:
            asked[indexed] = None
        asked.update(dict.fromkeys(_coming_back(each).values()))
        for rule in RULES:
            asked.update(dict.fromkeys(rule.questions(each)))
    return tuple(asked)


def nothing_later(_: Prepared) -> frozenset[Question]:
    """Put no question off."""
    return frozenset()


def provable_later(prepared: Prepared) -> frozenset[Question]:
    """Give the questions that may be put off: foreign_key_check answers them anyway once the change is made.

    That is so where no row is written, and where no name changes by which a row that is in the way would be told.
    """
    inputs = prepared.inputs
    if inputs.renames or inputs.kept:
        return frozenset()
    plain = (each for each in prepared.scenes if lower(each, UNKNOWN, inputs.policy).method in _NO_ROW_WRITTEN)
    asked = (question for each in plain for rule in RULES for question in rule.questions(each))
    return frozenset(question for question in asked if isinstance(question, Orphans))


def _about_rows(each: Scene, policy: Policy) -> Iterator[Question]:
    """Yield what decides about the way a table is changed; its rows are counted only if they are passed over anyway."""
    if not isinstance(each.change, Alter) or each.rows is None:
        return
    live = each.rows.live
    yield HasRows(live)
    yield from (question for _, question in default_questions(each))
    scanned = any(isinstance(asked, Violations) and asked.table == live for r in RULES for asked in r.questions(each))
    if scanned or lower(each, UNKNOWN, policy).method is Method.REBUILD:
        yield RowCount(live)


def rewritten(prepared: Prepared, facts: Facts) -> dict[Name, Name]:
    """Give the tables whose bytes matter, new name to live name; known once the rows are counted."""
    works = _works(prepared, dict(_lowered(prepared, facts)), facts)
    return {table: prepared.inputs.renames.old_table(table) for table in heavy(works)}


def plan(prepared: Prepared, facts: Facts) -> Plan:
    """Make the plan."""
    inputs = prepared.inputs
    lowered = dict(_lowered(prepared, facts))
    recipes = dict(_recipes(prepared, lowered, facts))
    schemas = Pair(inputs.actual, inputs.target)
    runs = tuple(Run(sql) for sql in inputs.rename_runs)
    found = steps(Ordering(schemas, prepared.difference.changes, lowered, recipes, runs, inputs.suspended, inputs.kept))
    works = tuple(_works(prepared, lowered, facts))
    whole = Whole(works, inputs.renames, schemas, facts)
    overall = (hazard for rule in WHOLE_RULES for hazard in rule.hazards(whole))
    hazards = (*_hazards(prepared, facts), *overall, *inputs.found)
    unmanaged = Unmanaged(inputs.adopted.entries, inputs.adopted.columns, inputs.adopted.constraints)
    return Plan(
        engine=inputs.engine,
        actual=inputs.live,
        target=inputs.target,
        managed=inputs.managed,
        renames=inputs.renames,
        works=works,
        steps=found,
        hazards=hazards,
        refusals=inputs.refusals,
        unread=prepared.difference.unread,
        unmanaged=unmanaged,
        facts=facts,
        policy=inputs.policy,
        digest=_digest(inputs, found, hazards),
    )


def _goes_along(change: Change, inputs: Inputs) -> bool:
    """Say whether an index or a trigger goes only because its table goes."""
    if not isinstance(change, Drop) or change.entry.kind.is_relation:
        return False
    return inputs.target.relation(change.entry.table) is None


def _lowered(prepared: Prepared, facts: Facts) -> Iterator[tuple[Name, Lowered]]:
    for each in prepared.scenes:
        if isinstance(each.change, Alter):
            yield each.change.entries.new.name, lower(each, _known(each, facts), prepared.inputs.policy)


def _recipes(prepared: Prepared, lowered: dict[Name, Lowered], facts: Facts) -> Iterator[tuple[Name, Recipe]]:
    inputs = prepared.inputs
    taken = inputs.actual.names | inputs.target.names
    for each in prepared.scenes:
        change = each.change
        rows = each.carried
        if not isinstance(change, Alter) or rows is None:
            continue
        name = change.entries.new.name
        if lowered[name].method is Method.REBUILD:
            count = _known(each, facts).count or 0
            yield name, Recipe(change, rows, inputs.target, inputs.actual, taken, count)


def _known(each: Scene, facts: Facts) -> Rows:
    """Give what is known of a table's rows."""
    if each.rows is None:
        return UNKNOWN
    is_empty = not facts[HasRows(each.rows.live)].count
    counted = facts.get(RowCount(each.rows.live))
    found = [(column, facts[question]) for column, question in default_questions(each)]
    # What could not be evaluated was not looked at.
    relying = frozenset(column for column, answer in found if answer.count or answer.error is not None)
    return Rows(counted.count if counted else 0 if is_empty else None, is_empty, relying)


def _hazards(prepared: Prepared, facts: Facts) -> Iterator[Hazard]:
    refused = {(refusal.code, refusal.object) for refusal in prepared.inputs.refusals}
    for each in prepared.scenes:
        found = {rule.codes: tuple(rule.hazards(each, facts)) for rule in RULES}
        fails = (hazard for own in found.values() for hazard in own if hazard.code == "using-fails")
        told = {hazard.answer.error for hazard in fails if hazard.answer is not None}
        for rule in RULES:
            yield from (hazard for hazard in found[rule.codes] if (hazard.code, hazard.object) not in refused)
            if "likely-rename" not in rule.codes:  # it names nobody who would have to know
                yield from _unanswered(rule, each, facts, told)


def _unanswered(rule: Rule, each: Scene, facts: Facts, told: set[str | None]) -> Iterator[Hazard]:
    """Block where a question could not be answered: silence would read as "no row is in the way"."""
    for question in rule.questions(each):
        error = facts[question].error
        # An expression of the author's that fails is told as such, and once.
        if error is not None and error not in told:
            codes = " and ".join(code for code in rule.codes if code != "using-fails")
            message = f"{codes} cannot be ruled out: {error}"
            ways = ("Give reconcile your application's functions and collations, or change this from the application.",)
            yield Hazard("cannot-evaluate", Severity.BLOCKED, question.table.text, message, ways=ways)


def _indexed(each: Scene) -> RowCount | None:
    """Give the question how many rows a new index will hold; None where its table is new as well."""
    change = each.change
    entry = change.entry if isinstance(change, Create) else change.entries.new if isinstance(change, Replace) else None
    if entry is None or entry.kind is not ObjectKind.INDEX:
        return None
    live = each.live(entry.table)
    return RowCount(live) if live is not None else None


def _works(prepared: Prepared, lowered: dict[Name, Lowered], facts: Facts) -> Iterator[Work]:
    references = _references(prepared.inputs.target, lowered)
    for each in prepared.scenes:
        change = each.change
        restored = tuple((name, facts[question].count) for name, question in _coming_back(each).items())
        if isinstance(change, Alter):
            name = change.entries.new.name
            how = lowered[name]
            carried = tuple(e for e in prepared.inputs.target.belonging_to(name) if prepared.inputs.actual.get(e))
            rows, referenced = _known(each, facts).count, tuple(references.get(name.key, ()))
            yield Work(change, how.method, rows, how.reason, carried, referenced, restored, how.why)
        elif isinstance(change, Drop):
            own = each.renames.old_table(change.entry.name)
            count = facts.get(RowCount(own)) if change.entry.kind is ObjectKind.TABLE else None
            yield Work(change, Method.DROP, count.count if count else None)
        else:
            indexed = _indexed(each)
            yield Work(change, Method.CREATE, facts[indexed].count if indexed else None, restored=restored)


def _coming_back(each: Scene) -> dict[Name, Violations]:
    """Give the questions how many rows a way back fills out of its backup, by column, or by table."""
    change = each.change
    if isinstance(change, Create) and change.entry.kind is ObjectKind.TABLE:
        kept = each.kept_table(change.entry.name)
        return {change.entry.name: rows_of(kept)} if kept is not None else {}
    out, rows = {}, each.rows
    for mapped in rows.columns if rows is not None else ():
        if rows is not None and mapped.origin is Origin.RESTORED:
            sign = rows.mark + FOUND if mapped.touched is None else untouched(mapped.column.name, rows.mark)
            predicate = f"{WAS}.{quote(sign)}"
            out[mapped.column.name] = Violations(rows.live, rows.live_source, predicate, rows.key, "")
    return out


def _references(schema: Schema, altered: Iterable[Name]) -> dict[str, list[Name]]:
    """Give, for every altered table, the other tables whose foreign keys point to it."""
    out: dict[str, list[Name]] = {table.key: [] for table in altered}
    for entry in schema.of_kind(ObjectKind.TABLE) if out else ():
        parents = referenced(entry.sql)
        if parents is not None and parents.isdisjoint(out):
            continue  # reading every table of a large schema would cost more than the plan
        try:
            table = read_table(entry)
        except Unreadable:
            continue
        for parent in sorted({key.table for key in table.constraints if isinstance(key, ForeignKey)}):
            if parent != table.name and parent.key in out:
                out[parent.key].append(table.name)
    return out


def _digest(inputs: Inputs, found: tuple[Step, ...], hazards: tuple[Hazard, ...]) -> str:
    """Digest what a plan is: never counts, keys, estimates, notes, the clock or consent."""
    return digest(
        {
            "live": sorted(rows(_unignored(inputs.live, inputs.adopted))),
            "managed": sorted(_without_order(row) for row in rows(inputs.managed.entries)),
            "steps": [[action.sql for action in step.actions] for step in found],
            "hazards": sorted({hazard.consent for hazard in hazards if hazard.severity is not Severity.NOTE}),
        }
    )


def _without_order(row: list[str]) -> list[str]:
    """Give an entry with the words of its text sorted: in which order a file lists things is no part of a plan."""
    kind, own, table, sql = row
    for mark in ",()":
        sql = sql.replace(mark, " ")
    return [kind, own, table, " ".join(sorted(sql.split()))]


def _unignored(schema: Schema, adopted: Adopted) -> list[Entry]:
    ignored = {entry.identity for entry in adopted.ignored}
    return [entry for entry in schema.entries if entry.identity not in ignored]
