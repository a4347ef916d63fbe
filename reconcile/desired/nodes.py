"""Read YAML text into nodes that know where they stand, taking only the part of YAML that a schema needs.

Scalars stay text: `no`, `012` and `1:30` mean what the schema says at their place, not what YAML 1.1 says.
Indices count characters of the text as it was given, a byte order mark included, so that an editor can splice it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import yaml

from reconcile.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence as Row

# Bytes of a file, or characters of a text.
MAX_SIZE: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 32
_TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"
MAX_NODES: Final = 500_000

_BOM = "\ufeff"
# The C parser is ten times faster; it is missing where PyYAML was built without libyaml.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML calls unprintable, and the characters that YAML 1.1, but no editor, takes for the end of a line: text
# after one of them would be folded or would leave its comment. A second byte order mark would shift every index.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# What only an escape in double quotes can bring in: SQLite would end the text there, or refuse it.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\n|\r")

Style: TypeAlias = Literal["plain", "single", "double", "literal", "folded", "block", "flow"]
_STYLES: Final[dict[str | None, Style]] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}


class Scalar(NamedTuple):
    """A piece of text. `start` and `end` enclose it as written, with its quotes, or from `|` past its last line."""

    value: str
    start: int
    end: int
    style: Style


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries in the author's order, each the key with its value. `end` is where the last of them ends."""

    entries: dict[str, tuple[Scalar, Node]]
    start: int
    end: int
    style: Style


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items in the author's order. `end` is where the last of them ends."""

    items: tuple[Node, ...]
    start: int
    end: int
    style: Style


Node: TypeAlias = Scalar | Mapping | Sequence


class Span(NamedTuple):
    """Where a piece of text stands: line and column from 1, the characters from `start` up to `end`."""

    line: int
    column: int
    start: int
    end: int
    style: Style


class Flaw(NamedTuple):
    """A mistake, and the index of the character to look at."""

    start: int
    message: str
    help: str | None = None


class Tree(NamedTuple):
    """What was read. `root` is None where reading had to stop, or where there is nothing."""

    root: Node | None
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True)
class Source:
    """The text of a file, and where its lines begin."""

    text: str
    file: str

    @cached_property
    def starts(self) -> Row[int]:
        """The index at which each line begins; a byte order mark stands before the first."""
        first = int(self.text.startswith(_BOM))
        return (first, *(end.end() for end in _LINE_END.finditer(self.text)))

    def position(self, index: int) -> tuple[int, int]:
        """Give line and column of a character, both counted from 1."""
        line = max(bisect_right(self.starts, index), 1)
        return line, max(index - self.starts[line - 1], 0) + 1

    @cached_property
    def lines(self) -> Row[str]:
        """The lines, without their ends and without a byte order mark. Problems of one line share its text."""
        return _LINE_END.split(self.text.removeprefix(_BOM))

    def span(self, node: Node) -> Span:
        """Say where a node stands."""
        return Span(*self.position(node.start), node.start, node.end, node.style)

    def inside(self, node: Scalar, offset: int) -> int:
        """Find where character `offset` of a value is written; where that cannot be told, where the value begins."""
        if node.style == "literal":
            # A literal block keeps its lines; only the indentation in front of them is gone.
            rows = node.value.rstrip("\n")[:offset].split("\n")
            wanted = node.value.split("\n")[len(rows) - 1]
            number = self.position(node.start)[0] + len(rows)
            if number > len(self.lines) or not self.lines[number - 1].endswith(wanted):
                return node.start
            return self.starts[number - 1] + len(self.lines[number - 1]) - len(wanted) + len(rows[-1])
        before = node.value[:offset]
        if node.style == "single":
            before = before.replace("'", "''")
        elif node.style == "double":
            before = before.replace("\\", "\\\\").replace('"', '\\"')
        start = node.start + (node.style in {"single", "double"})
        # A line that was folded, or another escape, is not traced.
        exact = node.style != "folded" and "\n" not in before and self.text.startswith(before, start)
        return start + len(before) if exact else node.start

    def problem(self, flaw: Flaw) -> Problem:
        """Say a flaw with its file, its place and its line."""
        line, column = self.position(flaw.start)
        return Problem(flaw.message, self.file, line, column, self.lines[line - 1], flaw.help)


def parse(source: Source) -> Tree:
    """Read one YAML document. Whatever is refused becomes a flaw, and reading goes on where it sensibly can."""
    text = source.text
    shift = int(text.startswith(_BOM))
    if wrong := _REFUSED.search(text, shift):
        return Tree(None, (_character(wrong.start(), wrong.group()),))
    builder = _Builder(source, shift)
    try:
        # Without the mark: the C parser does not count it, the other one does.
        for event in yaml.parse(text[shift:], Loader=_PARSER):
            builder.take(event)
    except _StopError as stop:
        return Tree(None, (*builder.flaws, stop.flaw))
    except yaml.MarkedYAMLError as error:
        return Tree(None, (*builder.flaws, _syntax(error, text, shift)))
    except (yaml.YAMLError, ValueError) as error:  # ValueError: the Python parser on an escape like \U00110000
        return Tree(None, (*builder.flaws, Flaw(shift, f"this is not valid YAML: {error}")))
    return Tree(builder.root, tuple(builder.flaws))


def _character(start: int, character: str) -> Flaw:
    code = ord(character)
    escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    if code == 0 or 0xD800 <= code <= 0xDFFF or code in {0xFFFE, 0xFFFF}:
        return Flaw(start, f"the character U+{code:04X} is not text", "take it out; is this a text file?")
    wanted = f'where a value needs it, write it as {escape} in double quotes: "…{escape}…"'
    return Flaw(start, f"the character U+{code:04X} may not stand here unescaped", wanted)


class _StopError(Exception):
    """Reading on would be of no use, or would cost too much."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read."""

    start: int
    style: Style
    sequence: bool
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: Scalar | None = None
    kept: bool = True  # False: the entry being read was refused; its value is read and dropped
    end: int = 0

    def close(self, end: int) -> Node:
        """Make the node. A block ends where its last entry does: the parser only sees the next token."""
        end = end if self.style == "flow" else max(self.end, self.start)
        if self.sequence:
            return Sequence(tuple(self.items), self.start, end, self.style)
        return Mapping(self.entries, self.start, end, self.style)


class _Builder:
    """Build nodes from events with a stack of our own: nesting costs memory, never Python's stack."""

    def __init__(self, source: Source, shift: int) -> None:
        self.root: Node | None = None
        self.flaws: list[Flaw] = []
        self._source = source
        self._shift = shift
        self._stack: list[_Open] = []
        self._count = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        start = self._index(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            self._admit(start, event)
            if _NO_TEXT.search(event.value):
                self._flaw(start, "text may hold neither a NUL character nor half of a surrogate pair")
            end = self._index(event.end_mark)
            self._add(Scalar(event.value, start, end, _STYLES[event.style]))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._admit(start, event)
            self._open(start, event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._add(self._stack.pop().close(self._index(event.end_mark)))
        elif isinstance(event, yaml.AliasEvent):
            alias = f"aliases (*{event.anchor}) are not allowed"
            self._flaw(start, alias, "write the value out; quote a value that starts with *")
            self._add(Scalar(f"*{event.anchor}", start, self._index(event.end_mark), "plain"))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _StopError(Flaw(start, "a schema file holds one document; a second starts here"))

    def _admit(self, start: int, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise _StopError(Flaw(start, f"the file has more than {MAX_NODES:,} values"))
        if event.anchor is not None:
            advice = "take it out; quote a value that starts with &"
            self._flaw(start, f"anchors (&{event.anchor}) are not allowed", advice)
        if event.tag is not None:
            advice = "take it out; quote a value that starts with !"
            self._flaw(start, f"tags ({event.tag}) are not allowed", advice)

    def _open(self, start: int, event: yaml.CollectionStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _StopError(Flaw(start, _TOO_DEEP))
        style: Style = "flow" if event.flow_style else "block"
        self._stack.append(_Open(start, style, isinstance(event, yaml.SequenceStartEvent)))

    def _add(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        # A literal block ends behind its last line end; a collection that it closes should not swallow more.
        parent.end = node.end
        if parent.sequence:
            parent.items.append(node)
        elif parent.key is None:
            self._begin_entry(parent, node)
        else:
            if parent.kept:
                parent.entries[parent.key.value] = (parent.key, node)
            parent.key = None

    def _begin_entry(self, parent: _Open, node: Node) -> None:
        parent.kept = False
        if not isinstance(node, Scalar):
            self._flaw(node.start, "a key must be a name, not a list or a mapping", "quote the name")
            parent.key = Scalar("", node.start, node.end, "plain")
            return
        parent.key = node
        if node.style == "plain" and not node.value:
            self._flaw(node.start, "a key is missing before the colon")
        elif node.style == "plain" and node.value == "<<":
            self._flaw(node.start, "merge keys (<<) are not allowed", "write the entries out")
        elif node.value in parent.entries:
            line, _ = self._source.position(parent.entries[node.value][0].start)
            self._flaw(node.start, f"duplicate key '{node.value}'; the first stands at line {line}")
        else:
            parent.kept = True

    def _index(self, mark: yaml.error.Mark | yaml._yaml.Mark | None) -> int:
        return (mark.index if mark else 0) + self._shift

    def _flaw(self, start: int, message: str, advice: str | None = None) -> None:
        self.flaws.append(Flaw(start, message, advice))


def _syntax(error: yaml.MarkedYAMLError, text: str, shift: int) -> Flaw:
    """Say in our words what the parser could not read, and what is usually meant."""
    mark = error.problem_mark or error.context_mark
    start = mark.index + shift if mark else shift
    opened = error.context_mark.index + shift if error.context_mark else start
    problem = error.problem or "this is not valid YAML"
    if "nesting depth" in problem:  # libyaml's own limit: its scanner looks ahead of the first event that we see
        return Flaw(start, _TOO_DEEP)
    if "unexpected end of stream" in problem:
        return Flaw(opened, "the quote that opens here is never closed", "double a quote inside quotes: 'it''s'")
    if "cannot start any token" in problem:
        character = text[start : start + 1]
        if character == "\t":
            return Flaw(start, "a tab may not stand here", "use spaces")
        return Flaw(start, f"a value may not start with {character}", "quote the value")
    line = text[:start].replace("\r", "\n").rpartition("\n")[2]
    before = line.rstrip(" |>")
    if before[-1:] in {"'", '"', "]", "}"} and ("expected" in problem or "chomping" in problem):
        start -= len(line[len(before) :].lstrip())
        return Flaw(start, "text follows a closing quote or bracket", "quote the whole value, or write it below a |")
    for fragments, message, advice in _SYNTAX:
        if any(fragment in problem for fragment in fragments):
            return Flaw(start, message, advice)
    return Flaw(start, f"this is not valid YAML: {problem}")


# Fragments of what either parser says (libyaml first, then PyYAML's own), what we say, what usually helps.
_QUOTE = "quote a value that holds a comma, a bracket, a quote or ': ', or write it below a |"
_SYNTAX: Final = (
    (("mapping values are not",), "a mapping may not start here: ': ' is not text here", _QUOTE),
    (("expected ',' or",), "a ',' or the closing bracket is missing before this", _QUOTE),
    (("tab character",), "a tab may not indent", "use spaces"),
    (
        ("expected key", "<block end>", "'-' indicator"),
        "this line does not fit its neighbours",
        "lines of one mapping or list start in one column",
    ),
    (("find expected ':'",), "a ':' is missing after this key", "write 'name: value'; a long text goes below a |"),
    (("alphabetic or numeric",), "an alias may not stand here", "quote a value that starts with * or &"),
    (("unknown escape",), "unknown escape in double quotes", "in single quotes a backslash is itself"),
    (("node content",), "a value is missing here", "quote a value that starts with a bracket or a comma"),
    (("sequence entries",), "a list may not start here", "put '- ' on a line of its own"),
    (("line break", "chomping"), "nothing may follow | or > on its line", "start the text on the next line"),
    (("tag handle",), "tags are not allowed", "quote a value that starts with !"),
)
