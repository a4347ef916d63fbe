"""Put new entries between the lines of a schema file. What stood there before stays as it is, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping as Entries
from typing import Final

from reconcile.desired.emit import Item, Value, entry, inside, inside_entry, item
from reconcile.desired.nodes import Mapping, Node, Scalar, Sequence

_LINE_END: Final = re.compile(r"\r\n|\n|\r|\Z")
_NO_TEXT: Final = re.compile(r"[ \t]*(#|\Z)")
_KEPT: Final = re.compile(r"[|>][1-9]?\+")


class UnsafeError(ValueError):
    """The text is laid out in a way that nothing can be put between safely."""


class Splicer:
    """One text, one parsed tree of it, and the ways to put something in. Each gives a new text."""

    def __init__(self, text: str, root: Mapping, step: int) -> None:
        self.text = text
        self.root = root
        self.step = step
        found = _LINE_END.search(text)
        self.end_of_line = found[0] if found and found[0] else "\n"

    def into(self, key: Scalar | None, node: Node, new: Entries[str, Value], after: str | None, *, gap: bool) -> str:
        """Put entries into a mapping, or where one should stand; `gap` puts an empty line before each."""
        if isinstance(node, Mapping) and node.entries:
            sibling = node.entries.get(after or "") or list(node.entries.values())[-1]
            if node.style == "flow":
                written = "".join(f", {inside_entry(name, value)}" for name, value in new.items())
                return self._put(max(sibling[0].end, sibling[1].end), written)
            indent = self._indent(node)
            lines = self._lines(new, indent, gap=gap)
            return self._below(self._end(sibling[0], sibling[1], indent), lines)
        if key is None:
            raise UnsafeError("the file is empty")
        if self._in_brackets(key):
            written = "{" + ", ".join(inside_entry(name, value) for name, value in new.items()) + "}"
            return self._instead(key, node, written)
        indent = self._column(key) + self.step
        return self._below_key(key, node, self._lines(new, indent, gap=gap)[int(gap) :])

    def listed(self, key: Scalar, node: Node, new: list[Item]) -> str:
        """Put items into a list, or where one should stand."""
        if isinstance(node, Sequence) and node.items:
            if node.style == "flow":
                return self._put(node.items[-1].end, "".join(f", {inside(one)}" for one in new))
            first = node.items[0].start
            dash = self.text.rfind("-", self._line_start(first), first)
            if dash < 0:
                raise UnsafeError("the items do not stand beside their '-'")
            lines = [" " * self._column_at(dash) + f"- {item(one)}" for one in new]
            return self._below(self._end(None, node.items[-1], self._column_at(dash)), lines)
        if self._in_brackets(key):
            return self._instead(key, node, "[" + ", ".join(inside(one) for one in new) + "]")
        indent = " " * (self._column(key) + self.step)
        return self._below_key(key, node, [f"{indent}- {item(one)}" for one in new])

    def as_list(self, node: Mapping) -> str:
        """Turn constraints with names into a list of them."""
        if node.style == "flow":
            return (
                self.text[: node.start] + "[" + self.text[node.start + 1 : node.end - 1] + "]" + self.text[node.end :]
            )
        self._indent(node)
        text = self.text
        for key, value in reversed(node.entries.values()):
            text = _shifted(text, key.end, value.end, 2)
            text = f"{text[: key.start]}- {text[key.start :]}"
        return text

    def long_form(self, key: Scalar, value: Scalar) -> str:
        """Turn ``name: SELECT …`` into a mapping with `sql`."""
        written = self.text[value.start : value.end]
        if self._in_brackets(key):
            return self.text[: value.start] + "{sql: " + written + "}" + self.text[value.end :]
        if self.text[key.end : value.start].strip() != ":":
            raise UnsafeError("something stands between the name and its definition")
        text = _shifted(self.text, value.start, value.end, self.step)
        start = f"{text[: key.end]}:{self.end_of_line}{' ' * (self._column(key) + self.step)}sql: "
        return start + text[value.start :]

    def _lines(self, new: Entries[str, Value], indent: int, *, gap: bool) -> list[str]:
        lines: list[str] = []
        for name, value in new.items():
            lines += [""] * gap
            lines += entry(name, value, indent, self.step)
        return lines

    def _put(self, index: int, written: str) -> str:
        return self.text[:index] + written + self.text[index:]

    def _below(self, index: int, lines: list[str]) -> str:
        """Put lines after the one that ends at `index`."""
        return self._put(index, "".join(f"{self.end_of_line}{line}" for line in lines))

    def _below_key(self, key: Scalar, node: Node, lines: list[str]) -> str:
        """Put lines below a key without a value, or with empty brackets, which go."""
        written = self.text[node.start : node.end]
        if written and re.sub(r"\s", "", written) not in {"{}", "[]"}:
            raise UnsafeError("something stands where a mapping should begin")
        end = max(key.end, node.end)
        if written:
            kept = self.text[: node.start].rstrip(" \t")
            rest = self.text[node.end :]
            return Splicer(kept + rest, self.root, self.step)._after_line(len(kept), lines)  # noqa: SLF001 - itself
        return self._after_line(end, lines)

    def _after_line(self, index: int, lines: list[str]) -> str:
        return self._below(line_end(self.text, index).start(), lines)

    def _instead(self, key: Scalar, node: Node, written: str) -> str:
        """Put a value after a key inside brackets, which has none, or an empty one."""
        end = max(node.end, key.end)
        colon = "" if ":" in self.text[key.end : end] else ":"
        start = node.start if node.end > node.start else end
        return f"{self.text[:start]}{colon}{'' if self.text[start - 1] == ' ' else ' '}{written}{self.text[end:]}"

    def _end(self, key: Scalar | None, value: Node, indent: int) -> int:
        """Find the end of the last line that belongs to an entry: comments below it that are indented more do too."""
        last = max(value.end, key.end if key else 0)
        if _is_kept(self.text, value):
            # Empty lines at its end are part of the text.
            return re.compile(r"(\r\n|\n|\r)?\Z").search(self.text[:last]).start()  # type: ignore[union-attr]
        first = key.end if key else value.start
        while last > first and self.text[last - 1] in " \t\r\n":
            last -= 1
        end = line_end(self.text, last)
        kept = end.start()
        while end.end() > end.start():
            end = line_end(self.text, end.end())
            line = self.text[self._line_start(end.start()) : end.start()]
            bare = line.lstrip(" ")
            if bare.startswith("#") and len(line) - len(bare) > indent:
                kept = end.start()
            elif bare.strip():
                break
        return kept

    def _indent(self, node: Mapping) -> int:
        """Find the column at which the entries of a mapping begin."""
        for key, _ in node.entries.values():
            before = self.text[self._line_start(key.start) : key.start].lstrip("\ufeff")
            # The first entry may stand behind the colon of a key that has a line of its own: `? name`.
            if before.strip() in {"", ":"}:
                return len(before)
            if before.strip() == "?":
                return before.index("?")
        raise UnsafeError("its entries do not begin on lines of their own")

    def _column(self, key: Scalar) -> int:
        return self._column_at(key.start)

    def _column_at(self, index: int) -> int:
        start = self._line_start(index)
        return index - start - self.text[start:index].count("\ufeff")

    def _line_start(self, index: int) -> int:
        return max(self.text.rfind("\n", 0, index), self.text.rfind("\r", 0, index)) + 1

    def _in_brackets(self, key: Scalar) -> bool:
        """Say whether a key stands inside brackets, where lines mean nothing."""
        return _flow_around(self.root, key.start)


def _flow_around(node: Node, index: int) -> bool:
    while isinstance(node, Mapping):
        if node.style == "flow":
            return True
        found = next((v for _, v in node.entries.values() if v.start <= index < v.end), None)
        if found is None:
            return False
        node = found
    return isinstance(node, Sequence) and node.style == "flow"


def _is_kept(text: str, node: Node) -> bool:
    """Say whether a value ends in a block whose last empty lines are part of it (``|+``)."""
    while not isinstance(node, Scalar):
        below = list(node.entries.values())[-1:] if isinstance(node, Mapping) else [(None, n) for n in node.items[-1:]]
        if node.style == "flow" or not below:
            return False
        node = below[0][1]
    return node.style in {"literal", "folded"} and _KEPT.match(text, node.start) is not None


def line_end(text: str, index: int) -> re.Match[str]:
    """Find the end of the line in which a character stands; it may be the end of the text."""
    found = _LINE_END.search(text, index)
    if found is None:
        raise UnsafeError("a text has no end")
    return found


def _shifted(text: str, start: int, end: int, by: int) -> str:
    """Indent the lines of a value after its first one."""
    written = re.sub(r"(\r\n|\n|\r)(?=[^\r\n])", lambda found: found[0] + " " * by, text[start:end])
    if written.endswith(" " * by) and text[start:end][-1:] in "\r\n":
        written = written[:-by]
    return text[:start] + written + text[end:]
