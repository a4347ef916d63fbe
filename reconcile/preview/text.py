"""A plan as text: what a tired person reads before deciding. Quiet where nothing happens."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile.diff.changes import Refusal
from reconcile.plan.steps import Hazard, Plan, Prove, Run, Severity, Unmanaged
from reconcile.preview.blocks import Block, Piece, assigned, blocks, reordered
from reconcile.preview.heading import Heading, Purpose, View
from reconcile.preview.keys import keys_text, values_of
from reconcile.preview.layout import BLANK, Line, Row, render, spread
from reconcile.preview.paste import apply_line, consent_line
from reconcile.preview.printable import printable
from reconcile.preview.summary import counts, in_one_line, stopping, version
from reconcile.preview.units import counted, listed, size
from reconcile.sql.text import one_line

_SCHEMA = 69  # where the schema file is named, in the first line
_QUERY = 400  # characters of a query that are shown unasked
_UNDER = 6  # indent of what is said under a row
_JOURNALS = {"wal": "WAL", "off": "no journal", "memory": "journal in memory"}
_LEGEND = (("+", "add"), ("~", "change"), (">", "rename"), ("-", "drop"), ("=", "kept"))

Lines = Iterator[Row | Line]


def text(heading: Heading, plan: Plan, view: View | None = None) -> str:
    """Write a plan for eyes. Every name and every piece of SQL in it is printable, and keeps to its line."""
    view = view or View()
    if plan.is_empty:
        return "\n".join([*_in_sync(heading, plan, view), *render(_beside(heading, plan))])
    body = render(_body(heading, plan, view))
    return "\n".join([_head(heading, view), "", *_legend(body), *body, "", *render(_closing(heading, plan, view))])


def _in_sync(heading: Heading, plan: Plan, view: View) -> list[str]:
    if view.purpose is Purpose.DIFFERENCE:
        return [printable(f"{heading.database} and {heading.schema} are the same.")]
    return [printable(in_one_line(heading, plan))]


def _head(heading: Heading, view: View) -> str:
    if view.purpose is Purpose.DIFFERENCE:
        return printable(f"from {heading.database} to {heading.schema}")
    return head(heading)


def head(heading: Heading) -> str:
    """Say which database this is, where its history stands, and by which schema file it is judged."""
    journal = _JOURNALS.get(heading.journal_mode.lower(), "rollback journal")
    at = f"at {version(heading)}" if heading.at is not None else version(heading)
    left = f"{heading.database}  {size(heading.size)}, {journal}, {at}"
    return spread(left, f"{heading.schema} {heading.schema_digest[:7]}", _SCHEMA)


def _legend(body: list[str]) -> list[str]:
    """Explain the symbols that are used: a row begins with its symbol and a space, and nothing else does."""
    used = {line.lstrip()[:1] for line in body if line[:2] == "  " and line.lstrip()[1:2] == " "}
    words = [f"{symbol} {word}" for symbol, word in _LEGEND if symbol in used]
    return [f"  {'   '.join(words)}", ""] if words else []


def _body(heading: Heading, plan: Plan, view: View) -> Lines:
    found = blocks(plan)
    hazards = plan.hazards if view.purpose is not Purpose.DIFFERENCE else ()
    places = assigned((*hazards, *map(refused, plan.refusals)), found)
    for at, block in enumerate(found):
        yield from _block(
            block, [places.get((at, piece), []) for piece in range(len(block.pieces))], heading, plan, view
        )
    for hazard in places.get((-1, -1), []):
        yield Row(2, "!", hazard.object)
        yield from _hazard(hazard, heading, plan, view)
    for unread in plan.unread:
        yield Row(2, "!", unread.entry.name.text, unread.entry.kind.value)
        yield Line(_UNDER, f"BLOCKED unreadable: {unread.reason}")
        yield Line(_UNDER, "It differs from the schema file, and reconcile changes nothing that it cannot read whole.")
    yield from _beside(heading, plan)
    if view.verbose:
        yield from _statements(plan)


def refused(refusal: Refusal) -> Hazard:
    """Tell what is ambiguous where rows in the way would be told: beside what it is about."""
    return Hazard(refusal.code, Severity.BLOCKED, refusal.object, refusal.message, ways=refusal.ways)


def _block(block: Block, hazards: list[list[Hazard]], heading: Heading, plan: Plan, view: View) -> Lines:
    for piece, own in zip(block.pieces, hazards, strict=True):
        yield piece.row
        yield from _more(piece)
        for hazard in own:
            yield from _hazard(hazard, heading, plan, view)


def _more(piece: Piece) -> Lines:
    return (Row(4, " ", "", more) for more in piece.more)


def _hazard(hazard: Hazard, heading: Heading, plan: Plan, view: View) -> Lines:
    """Tell a hazard: what it is, which rows, the query that finds them all, and what to do."""
    match hazard.severity:
        case Severity.NOTE:
            yield Line(_UNDER, f"note {hazard.code}: {hazard.message}")
            return
        case Severity.BLOCKED:
            word = "BLOCKED"
        case Severity.CONSENT:
            word = "NEEDS CONSENT" if hazard in plan.wanting else "consented"
    is_drop = hazard.code.startswith("drop-")
    held = values_of(hazard, plan, view)
    keys = "" if is_drop or held else keys_text(hazard, plan, view.keys)
    yield Line(_UNDER, f"{word} {hazard.code}: {hazard.message}", aside=keys)
    yield from (Line(_UNDER + 2, each) for each in held)
    if word == "consented":
        return
    if hazard.query and not is_drop:
        yield Line(_UNDER, _query(hazard.query, view), lead="The query:")
    yield from (Line(_UNDER, way) for way in hazard.ways)
    if hazard.severity is Severity.CONSENT:
        lead = "If it may go:" if is_drop else "If that is meant:"
        yield Line(_UNDER, f"{lead:<16} {consent_line(heading, hazard)}")


def _query(query: str, view: View) -> str:
    """Give the query on one line; one that nobody would read is left to ``--verbose``."""
    line = one_line(query)
    return line if view.verbose or len(line) <= _QUERY else f"{len(line):,} characters long; --verbose shows it"


def _beside(heading: Heading, plan: Plan) -> Lines:
    return (Line(2, line) for line in beside(heading, plan))


def beside(heading: Heading, plan: Plan) -> Iterator[str]:
    """Tell what nothing is done about, a line each."""
    if names := reordered(plan):
        tables = listed(table.text for table in names)
        yield f"Columns of {tables} stand in another order: cosmetic, and left so without --column-order."
    if plan.unmanaged.count:
        yield f"Unmanaged, and kept: {listed(_unmanaged(plan.unmanaged))}."
    yield from (f"There before, and left alone: {fault}" for fault in heading.existing_faults)
    yield from (f"note: {note}" for note in plan.notes)


def _unmanaged(unmanaged: Unmanaged) -> Iterator[str]:
    yield from (f"{entry.kind.value} {entry.name}" for entry in unmanaged.entries)
    yield from (f"column {table}.{column.name}" for table, column in unmanaged.columns)
    tables = dict.fromkeys(table.text for table, _ in unmanaged.constraints)
    for table in tables:
        number = sum(found.text == table for found, _ in unmanaged.constraints)
        yield f"{counted(number, 'constraint')} of {table}"


def _statements(plan: Plan) -> Lines:
    for step in plan.steps:
        yield BLANK
        yield Line(2, f"{step.title}:")
        for action in step.actions:
            match action:
                case Run(sql):
                    yield from _sql(sql, 4)
                case Prove(claim, sql):
                    yield Line(4, f"-- proof: {claim}")
                    yield from _sql(sql, 4)


def _sql(sql: str, depth: int) -> Lines:
    lines = sql.replace("\r\n", "\n").expandtabs(4).rstrip().rstrip(";").split("\n")
    lines[-1] += ";"
    # Continued lines are set in: a line of a trigger's body may not look like a row of the plan.
    return (Line(depth if number == 0 else depth + 4, line) for number, line in enumerate(lines))


def _closing(heading: Heading, plan: Plan, view: View) -> Lines:
    """Say what it comes to, and give the one line to paste."""
    if view.purpose is Purpose.DIFFERENCE:
        yield Line(0, f"{counts(plan)}.")
        return
    if plan.id is None:
        yield Line(0, f"Nothing was changed. {stopping(plan)}.")
        return
    yield Line(0, f"Plan {plan.id}: {counts(plan)}.")
    if view.purpose is Purpose.PLAN:
        wanting = stopping(plan)
        if wanting:
            yield Line(0, f"Nothing was changed. {wanting}.")
        lead = "Consent to all of it, and apply exactly this:" if wanting else "Apply exactly this:"
        yield Line(0, f"{lead}  {apply_line(heading, '--plan', plan.id)}")
