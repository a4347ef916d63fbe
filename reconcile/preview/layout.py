"""Rows in columns. The only way from a plan's names and texts to lines: every field is made printable here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconcile.preview.printable import printable, width

_TEXT = 22  # where the text begins, unless the labels of this plan need more
_TEXT_AT_MOST = 36  # a longer label pushes its own text only
_ASIDE = 70  # where a remark to a row stands, unless its text needs more
_KEYS = 48  # where a remark to a line stands


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a block: ``symbol label   text   aside``; `depth` is its indent in columns."""

    depth: int
    symbol: str
    label: str
    text: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line without columns. `lead` is a lead-in that we wrote ourselves; `aside` a remark behind the text."""

    depth: int
    text: str
    lead: str = ""
    aside: str = ""


BLANK = Line(0, "")


def render(lines: Iterable[Row | Line]) -> list[str]:
    """Lay the lines out. No field can begin a new line or leave its own."""
    found = list(lines)
    ends = [_label_end(line) for line in found if isinstance(line, Row) and line.text]
    column = max([_TEXT, *(end + 2 for end in ends if end + 2 <= _TEXT_AT_MOST)])
    return [_row(line, column) if isinstance(line, Row) else _line(line) for line in found]


def spread(left: str, right: str, column: int) -> str:
    """Put two texts on one line, the right one at `column` where there is room."""
    return _go_on(printable(left), right, column)


def _row(row: Row, column: int) -> str:
    line = f"{' ' * row.depth}{row.symbol:<2}{printable(row.label)}"
    if row.text:
        line = _go_on(line, row.text, column)
    return (_go_on(line, row.aside, _ASIDE) if row.aside else line).rstrip()


def _line(line: Line) -> str:
    out = f"{' ' * line.depth}{printable(line.text)}"
    if line.lead:
        out = _go_on(f"{' ' * line.depth}{line.lead}", line.text, _TEXT)
    return (_go_on(out, line.aside, _KEYS) if line.aside else out).rstrip()


def _go_on(line: str, more: str, column: int) -> str:
    """Go on at `column`, or two spaces on where the line is longer."""
    return line + " " * max(2, column - width(line)) + printable(more)


def _label_end(row: Row) -> int:
    return row.depth + 2 + width(printable(row.label))
