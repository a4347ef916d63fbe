"""A plan as Markdown: what a reviewer reads in a pull request or in the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconcile.plan.steps import Hazard, Plan, Prove, Run, Severity
from reconcile.preview.blocks import Block, blocks
from reconcile.preview.heading import Heading, View
from reconcile.preview.keys import keys_text, values_of
from reconcile.preview.paste import apply_line, consent_line
from reconcile.preview.printable import printable
from reconcile.preview.summary import counts, in_one_line, stopping, version
from reconcile.preview.text import beside, refused
from reconcile.preview.units import counted, size
from reconcile.sql.text import one_line

_AT_MOST = 60_000  # characters; GitHub takes 65,536 in a comment, and 1 MiB in a summary
_LINES_AT_MOST = 40_000  # characters of what is changed and what is in the way
_PLAIN = re.compile(r"(?:[A-Za-z0-9 ,.;'()%-]|: )*\Z")
_CODE = re.compile(r"[^`|\\\n]+\Z")
_STRUCTURE = re.compile(r"[^A-Za-z0-9 ,.;'-]")
_WORDS = {"+": "add", "~": "change", ">": "rename", "-": "**drop**", "=": "kept", "!": "stop", " ": ""}


def markdown(heading: Heading, plan: Plan, view: View | None = None) -> str:
    """Write a plan as Markdown. No name in it can leave its place: end a cell, open a tag, or call a person."""
    view = view or View()
    if plan.is_empty:
        return "\n".join([words(in_one_line(heading, plan)), *_notes(heading, plan), ""])
    title = f"### Plan {_code(plan.id)}: {counts(plan)}" if plan.id else f"### Nothing was changed: {stopping(plan)}"
    lines = [title, "", _between(heading), *_cut([*_table(plan), *_in_the_way(heading, plan, view)])]
    lines += [*_notes(heading, plan), *_closing(heading, plan)]
    statements = "\n".join(_statements(plan))
    short = "\n".join(lines)
    if len(short) + len(statements) > _AT_MOST:
        statements = f"\nThe SQL is {len(statements):,} characters long: `reconcile plan --verbose` shows it."
    return f"{short}\n{statements}\n"


def words(text: str) -> str:
    """Write a text: as it is where it is only words, otherwise as code, in which nothing has a meaning."""
    return text if _PLAIN.match(text) else _code(text)


def _code(text: str) -> str:
    """Write code on one line, inside a table too. In code GitHub looks for no @names and no #numbers."""
    shown = printable(text)
    if _CODE.match(shown) and shown == shown.strip():
        return f"`{shown}`"
    # Backticks, pipes and backslashes have no escape that holds in code and in tables alike; entities always do.
    entities = _STRUCTURE.sub(lambda found: f"&#{ord(found[0])};", shown)
    return f"<code>{entities}</code>"


def _between(heading: Heading) -> str:
    facts = (
        f"{size(heading.size)}, {version(heading)}" if heading.at is None else f"{size(heading.size)}, at #{heading.at}"
    )
    return f"{_code(heading.database)} ({facts}) to {_code(heading.schema)} ({_code(heading.schema_digest[:7])})"


def _table(plan: Plan) -> Iterator[str]:
    found = blocks(plan)
    if found:
        yield from ("", "| | object | |", "|---|---|---|")
    for block in found:
        yield from _rows(block)


def _rows(block: Block) -> Iterator[str]:
    """Write a block: its first row bold, the others set in."""
    for number, piece in enumerate(block.pieces):
        row = piece.row
        label, text = ("", row.label) if row.symbol == "=" else (row.label, row.text)
        told = [part for part in (text, *piece.more) if part]
        cells = [_WORDS[row.symbol], _label(label, inner=number > 0), "<br>".join(map(words, told))]
        if row.aside:
            cells[2] += f" — *{row.aside}*"
        yield f"| {' | '.join(cells)} |"


def _label(label: str, *, inner: bool) -> str:
    if not label:
        return ""
    return f"&emsp;{_code(label)}" if inner else f"**{_code(label)}**"


def _in_the_way(heading: Heading, plan: Plan, view: View) -> Iterator[str]:
    """List what stops the plan or wants consent first, and the notes behind it."""
    found = [*plan.hazards, *map(refused, plan.refusals)]
    order = (Severity.BLOCKED, Severity.CONSENT, Severity.NOTE)
    for hazard in sorted(found, key=lambda each: order.index(each.severity)):
        yield from _hazard(hazard, heading, plan, view)
    for unread in plan.unread:
        yield from ("", f"- **BLOCKED** unreadable, {_code(unread.entry.name.text)}: {words(unread.reason)}")


def _hazard(hazard: Hazard, heading: Heading, plan: Plan, view: View) -> Iterator[str]:
    wanting = hazard in plan.wanting
    consent = "**NEEDS CONSENT**" if wanting else "consented"
    word = {Severity.BLOCKED: "**BLOCKED**", Severity.CONSENT: consent, Severity.NOTE: "note"}[hazard.severity]
    yield from ("", f"- {word} {hazard.code}, {_code(hazard.object)}: {words(hazard.message)}")
    if hazard.severity is Severity.NOTE or (hazard.severity is Severity.CONSENT and not wanting):
        return
    is_drop = hazard.code.startswith("drop-")
    held = values_of(hazard, plan, view)
    if keys := "" if is_drop or held else keys_text(hazard, plan, view.keys):
        yield f"  - {words(keys)}"
    yield from (f"  - {words(each)}" for each in held)
    if hazard.query and not is_drop:
        yield f"  - the query: {_code(one_line(hazard.query))}"
    yield from (f"  - {words(way)}" for way in hazard.ways)
    if wanting:
        yield f"  - if that is meant: {_code(consent_line(heading, hazard))}"


def _notes(heading: Heading, plan: Plan) -> Iterator[str]:
    found = [words(line) for line in beside(heading, plan)]
    if found:
        yield from ("", *(f"- {line}" for line in found))


def _closing(heading: Heading, plan: Plan) -> Iterator[str]:
    if plan.id is None:
        return
    wanting = stopping(plan)
    yield ""
    yield (
        f"Nothing was changed. {wanting}. To consent to all of it, and apply exactly this:"
        if wanting
        else ("To apply exactly this:")
    )
    yield from ("", *_fenced("sh", [apply_line(heading, "--plan", plan.id)]))


def _statements(plan: Plan) -> Iterator[str]:
    """Give the SQL of every step, folded away."""
    lines: list[str] = []
    for step in plan.steps:
        lines += ["", f"-- {step.title}"] if lines else [f"-- {step.title}"]
        for action in step.actions:
            match action:
                case Run(sql):
                    lines += f"{sql.rstrip()};".splitlines()
                case Prove(claim, _):
                    lines.append(f"-- proof: {claim}")
    if lines:
        yield from ("", "<details><summary>The SQL</summary>", "", *_fenced("sql", lines), "", "</details>")


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    """Write a block of code, behind a fence that no line in it can end."""
    shown = [printable(line.replace("\t", "    ")) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return iter([f"{fence}{language}", *shown, fence])


def _cut(lines: list[str]) -> Iterator[str]:
    """Leave out what would not fit: every line stands for itself."""
    length = 0
    for number, line in enumerate(lines):
        length += len(line) + 1
        if length > _LINES_AT_MOST:
            yield from ("", f"… and {counted(len(lines) - number, 'more line')}: `reconcile plan` shows all.")
            return
        yield line
