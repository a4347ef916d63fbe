"""Lay a schema file out as everybody's: keys in one order, two spaces a level, one empty line between tables.

Nothing is written anew: every key, value and comment is cut out of the text and put where it belongs, so that each
keeps its spelling, quotes included. What comes out is read again, and must say the same with the same comments.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from reconcile.desired.canon import keys_at
from reconcile.desired.load import Loaded, load
from reconcile.desired.nodes import Flaw, Mapping, Node, Scalar, Sequence
from reconcile.desired.places import Path
from reconcile.desired.splice import line_end
from reconcile.errors import BugError, FailedError

_LINES: Final = re.compile(r"\r\n|\n|\r")
_COMMENT: Final = re.compile(r"(?<![^\s\ufeff])#[^\r\n]*")
_STEP: Final = 2
_APART: Final = ("tables", "views", "ignore", "history_table")  # an empty line stands before each of these


def formatted(loaded: Loaded) -> str:
    """Give the file's text in its canonical layout; raise FailedError where it is written in a way we do not move."""
    root = loaded.places.root
    if not isinstance(root, Mapping) or root.style == "flow":
        raise _unmovable(loaded, root.start, "the whole file stands in brackets")
    text = _Layout(loaded).laid_out(root)
    again = load(text, loaded.file)
    same = json.dumps(again.document.model_dump()) == json.dumps(loaded.document.model_dump())
    if not same or sorted(comments(again)) != sorted(comments(loaded)):
        raise BugError("the canonical layout of this file would say something else", place=loaded.file)
    return text


def comments(loaded: Loaded) -> list[str]:
    """Give every comment, from its # on."""
    text, start, out = loaded.text, 0, []
    for begin, end in [*sorted(_opaque(text, loaded.places.root)), (len(text), len(text))]:
        out += [found[0].rstrip(" \t") for found in _COMMENT.finditer(text, start, begin)]
        start = end
    return out


def _opaque(text: str, node: Node) -> list[tuple[int, int]]:
    """Give the spans of all scalars, in which # is text."""
    if isinstance(node, Scalar):
        block = node.style in {"literal", "folded"}
        return [(line_end(text, node.start).start() if block else node.start, max(node.end, node.start))]
    if isinstance(node, Sequence):
        return [span for item in node.items for span in _opaque(text, item)]
    return [span for entry in node.entries.values() for part in entry for span in _opaque(text, part)]


@dataclass(slots=True)
class _Piece:
    """An entry or an item: the comments above it ("" is an empty line), and its own lines."""

    lead: list[str]
    lines: list[str]
    name: str = ""

    def apart(self) -> None:
        """Put an empty line above it."""
        self.lead = ["", *_no_gap(self.lead)]


@dataclass(slots=True)
class _Layout:
    """Walks through the text once, from the first key to the last comment."""

    loaded: Loaded
    here: int = 0
    text: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.loaded.text

    def laid_out(self, root: Mapping) -> str:
        """Give the whole text; what stands above the first key stays there."""
        found = _LINES.search(self.text)
        end = found[0] if found else "\n"
        first = next(iter(root.entries.values()))[0]
        self.here = self._line_start(first.start)
        header = self.text[: self.here]
        pieces = self._entries(root, (), 0)
        first_piece = pieces[0]
        first_piece.lead = _no_gap(first_piece.lead)
        lines = _joined(_apart(_in_order(pieces, ()))) + _one_gap(self._tail(0))
        rest = self.text[self.here :].strip()
        body = end.join(_no_gap(lines))
        return _LINES.sub(end, header) + body + end + (rest + end if rest else "")

    def _entries(self, node: Mapping, path: Path, indent: int, *, inline: bool = False) -> list[_Piece]:
        """Lay out the entries of a block; `inline` says that the first stands behind the dash of an item."""
        pieces = []
        for place, (name, (key, value)) in enumerate(node.entries.items()):
            lead = [] if inline and place == 0 else self._lead(key.start)
            colon = self._colon(key)
            start = " " * indent + self.text[key.start : key.end] + ":"
            lines = self._value(start, colon + 1, value, (*path, name), indent)
            pieces.append(_Piece(_indented(lead, indent), lines, name))
        return pieces

    def _value(self, start: str, after: int, value: Node, path: Path, indent: int) -> list[str]:
        """Lay out what stands behind a colon, or a dash, that ends at `after`."""
        if isinstance(value, Mapping | Sequence) and value.style == "block":
            return self._block(start, after, value, path, indent)
        if isinstance(value, Scalar) and value.end <= after:
            return [start + self._rest_of_line(after)]
        between = self.text[after : value.start]
        lines = [start]
        if "#" in between:
            lines = [start + self._rest_of_line(after)]
            lines += _indented(_no_gap(self._trivia(self.here, self._line_start(value.start))), indent + _STEP)
            lines.append(" " * (indent + _STEP))
        else:
            lines[0] += " "
        written = self._written(value, path, indent)
        lines[-1] += written[0]
        return lines + written[1:]

    def _block(self, start: str, after: int, value: Mapping | Sequence, path: Path, indent: int) -> list[str]:
        line = start + self._rest_of_line(after)
        column = self._column(value)
        if isinstance(value, Mapping):
            pieces = _in_order(self._entries(value, path, indent + _STEP), path)
        else:
            pieces = [self._item(item, (*path, place), indent + _STEP) for place, item in enumerate(value.items)]
        if path == ("tables",):
            for piece in pieces[1:]:
                if len(piece.lines) > 1:
                    piece.apart()
        tail = _indented(_one_gap(self._tail(column)), indent + _STEP)
        return [line, *_no_gap(_joined(pieces)), *tail]

    def _item(self, item: Node, path: Path, indent: int) -> _Piece:
        dash = self.text.rfind("-", self._line_start(item.start), item.start)
        if dash < 0 or self.text[dash + 1 : item.start].strip():
            raise _unmovable(self.loaded, item.start, "the item does not stand beside its '-'")
        lead = _indented(self._lead(dash), indent)
        if isinstance(item, Mapping) and item.style == "block":
            self.here = item.start
            lines = _joined(self._entries(item, path, indent + _STEP, inline=True))
            return _Piece(lead, [f"{' ' * indent}- {lines[0].lstrip(' ')}", *lines[1:]])
        return _Piece(lead, self._value(f"{' ' * indent}-", dash + 1, item, path, indent))

    def _written(self, value: Node, path: Path, indent: int) -> list[str]:
        """Cut a value out that is no block of entries, with the comment behind it."""
        lines = _LINES.split(self.text[value.start : value.end])
        if isinstance(value, Scalar) and value.style in {"literal", "folded"}:
            return self._text_block(value, indent)
        trailing = self._rest_of_line(value.end)
        if len(lines) == 1:
            return [(lines[0] if isinstance(value, Scalar) else self._flow(value, path)) + trailing]
        if isinstance(value, Scalar):
            # The space before a continued line means nothing.
            lines[1:] = [" " * (indent + _STEP) + line.lstrip() if line.strip() else "" for line in lines[1:]]
        else:
            shift = indent - self._indent_of(value.start)
            lines[1:] = [_shifted(line, shift) for line in lines[1:]]
        lines[-1] += trailing
        return lines

    def _text_block(self, value: Scalar, indent: int) -> list[str]:
        head_end = line_end(self.text, value.start).start()
        header = self.text[value.start : head_end].rstrip(" \t")
        indicator = re.search(r"[1-9]", header[:3])
        kept = "+" in header[:3]
        start = line_end(self.text, head_end).end()
        lines = _LINES.split(self.text[start : value.end]) if value.end > start else []
        if lines and not lines[-1]:
            lines.pop()
        inner = self._text_indent(lines, indicator, value)
        while lines and not kept and len(lines[-1]) <= inner and not lines[-1].strip(" "):
            lines.pop()
        self.here = start
        for _ in lines:
            self.here = line_end(self.text, self.here).end()
        wanted = " " * (indent + (int(indicator[0]) if indicator else _STEP))
        return [header, *(wanted + line[inner:] if len(line) > inner else "" for line in lines)]

    def _text_indent(self, lines: list[str], indicator: re.Match[str] | None, value: Scalar) -> int:
        if indicator:
            return self._indent_of(value.start) + int(indicator[0])
        first = next((line for line in lines if line.strip(" ")), "")
        return len(first) - len(first.lstrip(" "))

    def _flow(self, node: Node, path: Path) -> str:
        """Lay out what stands in brackets on one line."""
        written = self.text[node.start : node.end]
        if isinstance(node, Scalar):
            return written
        if isinstance(node, Sequence):
            return "[" + ", ".join(self._flow(item, path) for item in node.items) + "]"
        entries = list(node.entries.items())
        if any(value.end <= key.end for _, (key, value) in entries):
            return written  # a key without a value: a bracket behind its colon would be read with it
        keys = keys_at(path)
        if keys and written.startswith("{"):
            entries.sort(key=lambda entry: keys.index(entry[0]))
        parts = [f"{self.text[k.start : k.end]}: {self._flow(v, (*path, name))}" for name, (k, v) in entries]
        return "{" + ", ".join(parts) + "}" if written.startswith("{") else ", ".join(parts)

    def _lead(self, index: int) -> list[str]:
        return self._trivia(self.here, self._line_start(index))

    def _tail(self, column: int) -> list[str]:
        """Take the comments below the last entry that are indented as the entries are, or more."""
        end, kept = self.here, self.here
        while end < len(self.text):
            start, end = end, line_end(self.text, end).end()
            line = self.text[start:end]
            if line.lstrip(" ").startswith("#") and len(line) - len(line.lstrip(" ")) >= column:
                kept = end
            elif line.strip():
                break
        return self._trivia(self.here, kept) if kept > self.here else []

    def _trivia(self, start: int, end: int) -> list[str]:
        """Give the comments and empty lines between two places, and stand behind them."""
        lines = [line.strip(" \t") for line in _LINES.split(self.text[start:end])]
        if lines and not lines[-1]:
            lines.pop()
        odd = next((line for line in lines if line and not line.startswith("#")), None)
        if odd is not None:
            raise _unmovable(self.loaded, start, f"{odd!r} is no comment")
        self.here = end
        return lines

    def _rest_of_line(self, index: int) -> str:
        """Give the comment behind something with the space before it, and stand at the next line."""
        found = line_end(self.text, index)
        self.here = found.end()
        rest = self.text[index : found.start()].rstrip(" \t")
        if rest and not rest.lstrip(" \t").startswith("#"):
            raise _unmovable(self.loaded, index, f"{rest.strip()!r} is no comment")
        return rest

    def _colon(self, key: Scalar) -> int:
        found = re.compile(r"[ \t]*:").match(self.text, key.end)
        if found is None or self.text[self._line_start(key.start) : key.start].strip(" -\ufeff"):
            raise _unmovable(self.loaded, key.start, "a key and its colon do not stand on one line")
        return found.end() - 1

    def _column(self, value: Mapping | Sequence) -> int:
        """Give the column at which the entries of a block begin; for items, that of the dash."""
        if isinstance(value, Mapping):
            return value.start - self._line_start(value.start)
        first = value.items[0].start
        dash = self.text.rfind("-", self._line_start(first), first)
        return dash - self._line_start(first)

    def _indent_of(self, index: int) -> int:
        line = self.text[self._line_start(index) : index]
        bare = line.lstrip(" ")
        # In an item the entry begins behind the dash.
        return len(line) - len(re.sub(r"^(- +)+", "", bare))

    def _line_start(self, index: int) -> int:
        start = max(self.text.rfind("\n", 0, index), self.text.rfind("\r", 0, index)) + 1
        return start + self.text.startswith("\ufeff", start)


def _in_order(pieces: list[_Piece], path: Path) -> list[_Piece]:
    keys = keys_at(path)
    return sorted(pieces, key=lambda piece: keys.index(piece.name)) if keys else pieces


def _apart(pieces: list[_Piece]) -> list[_Piece]:
    """Put an empty line between the sections of a file; ignore and history_table are one."""
    for before, piece in pairwise(pieces):
        if piece.name in _APART and (before.name, piece.name) != ("ignore", "history_table"):
            piece.apart()
    return pieces


def _joined(pieces: list[_Piece]) -> list[str]:
    return [line for piece in pieces for line in [*_one_gap(piece.lead), *piece.lines]]


def _one_gap(lines: list[str]) -> list[str]:
    """Leave one empty line of several."""
    return [line for place, line in enumerate(lines) if line or place == 0 or lines[place - 1]]


def _no_gap(lines: list[str]) -> list[str]:
    """Take the empty lines off the beginning."""
    start = next((place for place, line in enumerate(lines) if line), len(lines))
    return lines[start:]


def _indented(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


def _shifted(line: str, by: int) -> str:
    if not line.strip():
        return ""
    bare = line.lstrip(" ")
    return " " * max(len(line) - len(bare) + by, 0) + bare


def _unmovable(loaded: Loaded, index: int, why: str) -> FailedError:
    problem = loaded.places.source.problem(Flaw(index, f"this layout is not one that fmt can change: {why}"))
    place = f"{problem.file}:{problem.line}:{problem.column}"
    return FailedError(problem.message, place=place, hint="write it in the block style of the documentation")
