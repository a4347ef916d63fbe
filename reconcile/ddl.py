"""Model -> SQL text: the only author of the SQL that changes a database.

A table that stays keeps the text of whatever stays in it, comments and spelling too: what is unchanged is taken
from the live text, only the rest from the desired one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from reconcile.model.schema import Entry, ObjectKind
from reconcile.model.table import Constraint, Table
from reconcile.sql.clauses import Clause, CreateTable, Kind, Span
from reconcile.sql.create import read
from reconcile.sql.names import Name, fold, unquote
from reconcile.sql.prove import written
from reconcile.sql.tokens import Token, all_tokens


@dataclass(frozen=True, slots=True)
class Keep:
    """What of a live table stays although the desired one does not name it: nobody's columns and constraints."""

    columns: frozenset[Name] = frozenset()
    constraints: tuple[Constraint, ...] = ()


class _Element(NamedTuple):
    """One column or constraint in a body, with the comments that belong to it."""

    lead: tuple[str, ...]
    text: str
    trail: tuple[str, ...]


def compose(desired: Table, live: Table, keep: Keep) -> str:
    """Write the CREATE TABLE that `desired` asks for, in the words of `live` wherever they mean the same."""
    text = live.text
    if text.as_select is not None or desired.text.as_select is not None:
        return desired.text.source
    elements = _elements(text)
    body = _columns(desired, live, keep, elements) + _constraints(desired, live, keep, elements)
    name = text.name if live.name.text == desired.name.text else desired.text.name
    options = f" {', '.join(_options(desired, live))}" if desired.strict or desired.without_rowid else ""
    return f"CREATE TABLE {name} ({_layout(body, text)}){options}"


def reworded(table: CreateTable, words: Mapping[Clause, str]) -> str:
    """Write a table again with other words for the expressions of some of its clauses."""
    out = table.source
    # From the end, or the first new word would shift the places of all that follow.
    for clause in sorted(words, key=lambda clause: clause.span, reverse=True):
        out = _splice(out, clause.span, written(replace(clause, expression=words[clause])))
    return out


def arranged(table: CreateTable, columns: tuple[Name, ...], like: CreateTable) -> str:
    """Write a table again with its columns in this order, and its own constraints in the order that `like` has.

    What a catalog edit writes must have the columns in the order in which they lie in the rows, and the keys in the
    order in which their indexes are numbered.
    """
    elements = _elements(table)
    places = {fold(unquote(column.name)): column.span for column in table.columns}
    known = [clause.span.of(like.source) for clause in like.constraints]
    own = [clause.span for clause in table.constraints]
    own.sort(key=lambda span: known.index(text) if (text := span.of(table.source)) in known else len(known))
    body = [elements[span] for span in (*(places[column.key] for column in columns), *own)]
    return _splice(table.source, table.body, _layout(body, table))


def with_default(table: CreateTable, columns: tuple[Name, ...], value: str) -> str:
    """Write a table again with another DEFAULT, the literal `value`, for some of its columns."""
    out = table.source
    wanted = {column.key for column in columns}
    for column in reversed(table.columns):
        if fold(unquote(column.name)) in wanted:
            spans = [clause.span for clause in column.clauses if clause.kind is Kind.DEFAULT]
            end = Span(column.span.end, column.span.end)  # where none is written yet
            # SQLite takes the last; all of them are written over, from the end.
            for span in reversed(spans or [end]):
                out = _splice(out, span, f" DEFAULT {value}")
    return out


def column_definition(desired: Table, column: Name) -> str:
    """Give a column as `desired` writes it, for ALTER TABLE … ADD COLUMN."""
    found = desired.column(column)
    if found is None:
        raise KeyError(column.text)
    return found.written


def renamed_entry(entry: Entry, new: Name) -> str:
    """Give the text of an object under another name."""
    statement = read(entry.sql)
    return _splice(entry.sql, statement.name_span, new.sql)


def create_statement(entry: Entry) -> str:
    """Give the statement that creates an entry again: the text that SQLite stored."""
    return entry.sql


def drop_statement(entry: Entry) -> str:
    """Write the DROP of an entry."""
    word = "TABLE" if entry.kind is ObjectKind.VIRTUAL else entry.kind.value.upper()
    return f"DROP {word} {entry.name.quoted}"


def _splice(text: str, span: Span, replacement: str) -> str:
    return text[: span.start] + replacement + text[span.end :]


def _columns(desired: Table, live: Table, keep: Keep, elements: dict[Span, _Element]) -> list[_Element]:
    out: list[_Element] = []
    spans = {fold(unquote(column.name)): column.span for column in live.text.columns}
    for column in desired.columns:
        was = spans.get(column.name.key)
        if was is None:
            out.append(_Element((), column.written, ()))
            continue
        old = elements[was]
        same = _same_column(desired, live, column.name) and column.name.text == _spelling(live, column.name)
        out.append(old if same else old._replace(text=column.written))
    out += [
        elements[spans[column.name.key]]
        for column in live.columns
        if column.name in keep.columns and desired.column(column.name) is None
    ]
    return out


def _spelling(table: Table, name: Name) -> str:
    found = table.column(name)
    return found.name.text if found else ""


def _same_column(desired: Table, live: Table, name: Name) -> bool:
    """Say whether the live text of a column may stand for the desired one, inline constraints included."""
    new, old = desired.column(name), live.column(name)
    if new != old:
        return False
    if _inline_key(desired, name) != _inline_key(live, name):
        return False
    if _inline_key(live, name) and desired.primary_key != live.primary_key:
        return False
    return Counter(_inline(desired, name)) == Counter(_inline(live, name))


def _inline(table: Table, name: Name) -> list[Constraint]:
    return [constraint for constraint in table.constraints if constraint.home == name]


def _inline_key(table: Table, name: Name) -> bool:
    column = next(column for column in table.text.columns if fold(unquote(column.name)) == name.key)
    return any(clause.kind is Kind.PRIMARY_KEY for clause in column.clauses)


def _constraints(desired: Table, live: Table, keep: Keep, elements: dict[Span, _Element]) -> list[_Element]:
    pool = [(constraint, _span_of(constraint, live.text)) for constraint in live.constraints if constraint.home is None]
    out: list[_Element] = []
    for clause in desired.text.constraints:
        written = clause.span.of(desired.text.source)
        if clause.kind is Kind.PRIMARY_KEY:
            own = next((c for c in live.text.constraints if c.kind is Kind.PRIMARY_KEY), None)
            same = own is not None and desired.primary_key == live.primary_key
            out.append(elements[own.span] if own and same else _Element((), written, ()))
            continue
        constraint = next((c for c in desired.constraints if c.home is None and c.written == written), None)
        match = next((span for candidate, span in pool if candidate == constraint and span), None)
        if match is None:
            out.append(_Element((), written, ()))
        else:
            pool = [(candidate, span) for candidate, span in pool if span != match]
            out.append(elements[match])
    kept = [c for c in keep.constraints if c.home is None or c.home not in keep.columns]
    return out + [_Element((), _table_level(constraint), ()) for constraint in kept]


def _table_level(constraint: Constraint) -> str:
    return constraint.written


def _span_of(constraint: Constraint, text: CreateTable) -> Span | None:
    return next((clause.span for clause in text.constraints if clause.span.of(text.source) == constraint.written), None)


def _options(desired: Table, live: Table) -> tuple[str, ...]:
    same = (desired.strict, desired.without_rowid) == (live.strict, live.without_rowid)
    return live.text.options if same else desired.text.options


def _layout(body: list[_Element], live: CreateTable) -> str:
    """Write the elements on lines of their own if the live text has lines, or where a comment needs one."""
    inside = live.body.of(live.source)
    lines = "\n" in inside or any(element.lead or element.trail for element in body)
    if not lines:
        return ", ".join(element.text for element in body)
    indent = _indent(inside)
    out: list[str] = []
    for position, element in enumerate(body):
        comma = "," if position < len(body) - 1 else ""
        trail = "".join(f" {comment}" for comment in element.trail)
        out += [f"{indent}{comment}" for comment in element.lead]
        out.append(f"{indent}{element.text}{comma}{trail}")
    return "\n" + "\n".join(out) + "\n"


def _indent(inside: str) -> str:
    for line in inside.splitlines()[1:]:
        if line.strip():
            return line[: len(line) - len(line.lstrip())] or "  "
    return "  "


def _elements(text: CreateTable) -> dict[Span, _Element]:
    """Give every column and table constraint of a live text with its comments, by span.

    A comment on the line where an element ends belongs to it; one on a line of its own belongs to what follows.
    """
    spans = sorted([column.span for column in text.columns] + [clause.span for clause in text.constraints])
    out: dict[Span, _Element] = {}
    lead = _gap(text.source, text.body.start, spans[0].start)[1]
    lead = (*_gap(text.source, text.body.start, spans[0].start)[0], *lead)
    for position, span in enumerate(spans):
        end = spans[position + 1].start if position + 1 < len(spans) else text.body.end
        trail, following = _gap(text.source, span.end, end)
        if position + 1 == len(spans):
            trail, following = (*trail, *following), ()
        out[span] = _Element(lead, span.of(text.source), trail)
        lead = following
    return out


def _gap(source: str, start: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cut the comments between two elements into those of the line before, and those that come after."""
    before: list[str] = []
    after: list[str] = []
    here = before
    for token in _comments_and_space(source[start:end]):
        if token.kind == "comment":
            here.append(token.text.rstrip("\r"))
        elif "\n" in token.text:
            here = after
    return tuple(before), tuple(after)


def _comments_and_space(gap: str) -> list[Token]:
    return [token for token in all_tokens(gap) if token.kind in ("space", "comment")]
