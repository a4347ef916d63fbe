"""The river: a schema file and a database -> a plan, rehearsed. Every arrow of ARCHITECTURE.md, in its order."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from reconcile.database.connection import Prepare, open_reading
from reconcile.database.disk import Backups, survey
from reconcile.database.equivalence import adopt_proven
from reconcile.database.inspect import engine, inspect, misread, supported
from reconcile.database.lock import begin_reading
from reconcile.database.probe import answer
from reconcile.database.rehearse import rehearse, rename
from reconcile.diff.adopt import Adopted, Dropping, Ownership
from reconcile.diff.changes import Alter, Refusal, Unread
from reconcile.diff.claims import Applied as AppliedHints
from reconcile.diff.clashes import clashes, displaced, may_go
from reconcile.diff.idle import idle
from reconcile.diff.pairing import Decided, likely_renames, pair
from reconcile.errors import FailedError, Problem, SchemaFileError, UsageError
from reconcile.history.ledger import Ledger, find, last_applied, last_version, sensitive
from reconcile.model.facts import A_FEW, Facts, Question, Sample
from reconcile.model.hints import Hints
from reconcile.model.pair import Pair
from reconcile.model.schema import ObjectKind, Schema
from reconcile.plan.planner import Inputs, Prepared, nothing_later, plan, prepare, questions, rewritten
from reconcile.plan.restoration import KeptTable
from reconcile.plan.steps import Hazard, Plan, Policy
from reconcile.sql.names import Name, fold, name

DEFAULT_HISTORY = "schema_version"
CONSENTABLE = ("drop-table", "drop-column", "drop-view", "drop-trigger", "drop-index", "lossy-conversion")
DROPPABLE = ("table", "column", "view", "trigger", "index")
_NO_HINTS = Hints()
_REHEARSALS = 64  # each one sets at least one more view or trigger aside


@dataclass(frozen=True, slots=True)
class Desired:
    """A desired state, whatever it came from. `digest` is the SHA-256 of its source, in hexadecimal."""

    schema: Schema
    hints: Hints
    ignore: tuple[str, ...]
    history_table: Name
    digest: str

    @property
    def labelled_hints(self) -> tuple[tuple[str, str], ...]:
        """Every `renamed_from` as (folded label, folded old name): what the history remembers as carried out."""
        out = [(table, old.key) for table, hints in self.hints.tables.items() for old in hints.renamed_from or ()]
        for table, hints in self.hints.tables.items():
            for column, own in hints.columns.items():
                out += [(f"{table}.{column}", old.key) for old in own.renamed_from or ()]
        return tuple(sorted(out))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asks for beside the schema file, read from the command line's words."""

    policy: Policy
    dropping: Dropping

    @property
    def going(self) -> Decided:
        """The names that the user has decided about, for the detection of likely renames."""
        allowed = {f"{code[5:]}:{object_}" for code, object_ in self.policy.allowed if code.startswith("drop-")}
        return Decided(frozenset(allowed | {f"{kind}:{object_}" for kind, object_ in self.dropping.objects}))


@dataclass(frozen=True, slots=True)
class Course:
    """A plan with what it was made from, for whoever carries it out."""

    plan: Plan
    desired: Desired
    ledger: Ledger
    at: int | None
    managed_before: Schema | None
    existing_faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Backwards:
    """What makes a plan a way back: `applied` is the schema as the undone version left it, which decides what goes.

    `kept` are the tables of its backup, attached; `undone` the versions that this undoes; `managed` what is under
    management again afterwards; `hazards` what no backup can give back.
    """

    applied: Schema
    kept: tuple[KeptTable, ...]
    undone: tuple[int, ...]
    managed: Schema
    hazards: tuple[Hazard, ...] = ()


def wishes(allow: tuple[str, ...], drop: tuple[str, ...], *, column_order: bool, rebuilds: bool = False) -> Wishes:
    """Read ``code:object`` and ``kind:object`` words; raise UsageError for one that says nothing."""
    allowed = {_word(text, CONSENTABLE, "--allow") for text in allow}
    dropped = {_word(text, DROPPABLE, "--drop") for text in drop}
    allowed |= {(f"drop-{kind}", object_) for kind, object_ in dropped}
    return Wishes(Policy(frozenset(allowed), column_order, rebuilds), Dropping(frozenset(dropped)))


def load_desired(path: Path, prepare_: Prepare | None = None) -> Desired:
    """Load a desired state from schema.yaml, a .sql file, or another database."""
    if path.suffix.lower() in (".yaml", ".yml", ".sql"):
        return _from_text(path, prepare_)
    with closing(open_reading(path, prepare=prepare_)) as connection:
        begin_reading(connection, 5.0)
        table = name(DEFAULT_HISTORY)
        schema = inspect(connection, find(connection, table).hidden)
        digest = hashlib.sha256(repr([entry.sql for entry in schema.entries]).encode()).hexdigest()
        return Desired(schema, _NO_HINTS, (), table, digest)


def chart(  # noqa: PLR0913 - the river's mouth: what is wanted, and who watches
    connection: sqlite3.Connection,
    desired: Desired,
    wished: Wishes,
    *,
    prepare_: Prepare | None = None,
    progress: Callable[[int, int], None] | None = None,
    backwards: Backwards | None = None,
    sample: Sample = A_FEW,
    backups: Backups | None = None,
    later: Callable[[Prepared], frozenset[Question]] = nothing_later,
) -> Course:
    """Plan on an open connection, inside a transaction of the caller's, and rehearse the plan.

    The questions that `later` gives are not asked: the caller has them proven before it commits.
    """
    if not supported(engine()):
        message = f"this Python has SQLite {engine().text}; reconcile needs 3.37 or later"
        raise FailedError(message, code="sqlite-too-old", hint="use a newer Python, or a newer libsqlite3")
    ledger = find(connection, desired.history_table)
    applied = last_applied(connection, ledger)
    live = inspect(connection, ledger.hidden)
    managed, hints = (applied.managed, applied.hints) if applied else (None, None)
    if backwards is not None:
        managed, hints = backwards.applied, frozenset()
    remembered = Remembered(managed, hints, backwards)
    inputs = replace(_inputs(live, desired, wished, remembered, prepare_), engine=engine(connection))
    if sample.values and ledger.kept:
        inputs = replace(inputs, hints=inputs.hints.hiding(sensitive(connection, ledger)))
    prepared = prepare(inputs)
    if ledger.foreign is not None and (prepared.difference.changes or inputs.renames):
        # In sync there is nothing to write down, and what the table is called is nobody's trouble.
        way = "name another table in schema.yaml:   history_table: schema_history"
        refusal = Refusal("history-shape", ledger.table.text, ledger.foreign, (way,))
        prepared = replace(prepared, inputs=replace(inputs, refusals=(*inputs.refusals, refusal)))
    prepared = _checked_reading(connection, prepared)
    _carried(prepared)
    put_off = later(prepared)
    asked = (question for question in questions(prepared) if question not in put_off)
    facts = answer(connection, asked, progress, sample).supposing(put_off)
    facts = survey(connection, facts, rewritten(prepared, facts), backups)
    found, faults = _rehearsed(prepared, facts, desired.hints, prepare_)
    found = replace(found, notes=(*found.notes, *idle(wished.dropping, found.actual, found.target)))
    if applied is not None:
        managed = applied.managed
    return Course(found, desired, ledger, last_version(connection, ledger), managed, faults)


def _word(text: str, kinds: tuple[str, ...], option: str) -> tuple[str, str]:
    kind, colon, object_ = text.partition(":")
    if not colon or not object_ or kind not in kinds:
        message = f"{option} {text}: it must be one of {', '.join(kinds)}, a colon, and the object's name"
        raise UsageError(message, hint=f"for example   {option} {kinds[1]}:products.legacy_code")
    return kind, fold(object_)


def _from_text(path: Path, prepare_: Prepare | None) -> Desired:
    from reconcile.database.materialise import materialise  # noqa: PLC0415 - a .db file needs neither yaml nor pydantic

    source = _read(path)
    digest = hashlib.sha256(source).hexdigest()
    if path.suffix.lower() == ".sql":
        from reconcile.desired.sql_file import declare_sql  # noqa: PLC0415

        try:
            draft = declare_sql(source.decode(), str(path), digest)
        except UnicodeDecodeError as error:
            raise _unreadable(path, f"not UTF-8 text: {error}") from None
    else:
        from reconcile.desired.declare import declare  # noqa: PLC0415
        from reconcile.desired.load import load  # noqa: PLC0415

        draft = declare(load(source, str(path)), digest)
    return Desired(materialise(draft, prepare_), draft.hints, draft.ignore, draft.history_table, digest)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        hint = f"start from a database that you have:   reconcile inspect DB -o {path}"
        raise _unreadable(path, "there is no such file", hint) from None
    except OSError as error:
        raise _unreadable(path, f"it cannot be read: {error.strerror}") from None


def _unreadable(path: Path, message: str, hint: str | None = None) -> SchemaFileError:
    return SchemaFileError((Problem(message, str(path), 1, 1, "", hint),))


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the history says: the schema as last applied, and the hints that were carried out."""

    applied: Schema | None
    hints: frozenset[tuple[str, str]] | None
    backwards: Backwards | None


def _inputs(live: Schema, desired: Desired, wished: Wishes, remembered: Remembered, prepare_: Prepare | None) -> Inputs:
    pairing = pair(Pair(live, desired.schema), desired.hints, AppliedHints(remembered.hints))
    renamed = rename(live, pairing.renames, prepare_)
    backwards = remembered.backwards
    ownership = Ownership(
        remembered.applied, pairing.renames, wished.dropping, desired.ignore, exact=backwards is not None
    )
    gone = displaced(live, pairing.renames)
    adopted = adopt_proven(desired.schema, renamed.schema, ownership, prepare_)
    visible = renamed.schema.with_entries(e for e in renamed.schema.entries if not ownership.ignores(e))
    # The way back knows what was what: nothing needs to be guessed.
    pairs = Pair(visible, desired.schema)
    decided = replace(wished.going, staying=_nobodys(adopted))
    likely = () if backwards else tuple(likely_renames(pairs, desired.hints, decided))
    return Inputs(
        live=live,
        actual=renamed.schema,
        adopted=adopted,
        managed=desired.schema,
        hints=desired.hints,
        renames=pairing.renames,
        engine=engine(),
        policy=wished.policy,
        refusals=(
            *pairing.refusals,
            *adopted.refusals,
            *clashes(desired.schema, adopted, [entry for entry in gone if not may_go(entry, ownership)]),
            *likely,
        ),
        displaced=gone,
        rename_runs=renamed.runs,
        suspended=renamed.suspended,
        found=backwards.hazards if backwards else (),
        kept=backwards.kept if backwards else (),
        decided=None if backwards else wished.going.going,
    )


def _nobodys(adopted: Adopted) -> frozenset[str]:
    """Label what is unmanaged, as `Decided` does."""
    tables = {f"table:{entry.name.key}" for entry in adopted.entries if entry.kind is ObjectKind.TABLE}
    return frozenset(tables | {f"column:{table.key}.{column.name.key}" for table, column in adopted.columns})


def _carried(prepared: Prepared) -> None:
    """Refuse, before anything is asked of it, a table whose values out of a backup SQLite could not name."""
    for each in prepared.scenes:
        if each.rows is not None and each.rows.restores and not each.named:
            table = each.rows.tables.new.name
            message = f"table {table} has a column called true or false, which SQLite cannot carry beside a backup"
            hint = "reconcile rollback --restore puts the whole file back as it was"
            raise FailedError(message, code="cannot-carry", hint=hint)


def _checked_reading(connection: sqlite3.Connection, prepared: Prepared) -> Prepared:
    """Refuse the tables whose text we read otherwise than SQLite: a rebuild would lose what was misread."""
    inputs = prepared.inputs
    altered = [each.change.entries.new.name for each in prepared.scenes if isinstance(each.change, Alter)]
    live = [inputs.live.relation(inputs.renames.old_table(table)) for table in altered]
    wrong = misread(connection, [entry for entry in live if entry is not None]) if live else {}
    if not wrong:
        return prepared
    unread = tuple(Unread(e, wrong[e.name.key]) for e in live if e is not None and e.name.key in wrong)
    difference = replace(prepared.difference, unread=(*prepared.difference.unread, *unread))
    return replace(prepared, difference=difference)


def _rehearsed(
    prepared: Prepared, facts: Facts, hints: Hints, prepare_: Prepare | None
) -> tuple[Plan, tuple[str, ...]]:
    """Rehearse until nothing more has to be set aside; the plan comes with the faults that were there before."""
    for _ in range(_REHEARSALS):
        found = plan(prepared, facts)
        # A constant that fails, ``json('{')``, fails in rehearsal too: it is the author's mistake and none of ours.
        if (
            found.refusals
            or found.unread
            or any(hazard.code in ("using-fails", "cannot-carry") for hazard in found.hazards)
        ):
            return found, ()
        inputs = prepared.inputs
        rehearsal = rehearse(found, hints, prepare_, inputs.kept)
        if rehearsal.hazards:
            told = {hazard.consent for hazard in found.hazards}
            more = (hazard for hazard in rehearsal.hazards if hazard.consent not in told)
            stopped = replace(inputs, found=(*inputs.found, *more))
            return plan(replace(prepared, inputs=stopped), facts), rehearsal.faults
        if not rehearsal.suspended - inputs.suspended:
            return found, rehearsal.faults
        prepared = replace(prepared, inputs=replace(inputs, suspended=inputs.suspended | rehearsal.suspended))
    return found, ()
