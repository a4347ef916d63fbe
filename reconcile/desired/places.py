"""Where each key and value of a schema file stands."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from reconcile.desired.nodes import Mapping, Node, Scalar, Sequence, Source, Span

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where each key and value of the document stands.

    A path names them as the long form does: ("tables", "t", "columns", "a", "sql"); it leads to the same text where
    the short form is written. Constraints are counted, named or not: ("tables", "t", "unique", 0, "columns", 1).
    """

    root: Node
    source: Source

    def value(self, path: Path) -> Span:
        """Give the span of a value. Raise KeyError where nothing is written."""
        _, node, depth = self.nearest(path)
        if depth < len(path):
            raise KeyError(path)
        return self.source.span(node)

    def key(self, path: Path) -> Span:
        """Give the span of a name: of a key, or a constraint's own. Raise KeyError where nothing is written."""
        key, _, depth = self.nearest(path)
        if depth < len(path) or key is None:
            raise KeyError(path)
        return self.source.span(key)

    def index(self, path: Path, offset: int | None = None) -> int:
        """Find character `offset` of a value in the text; where that cannot be told, the value's first one.

        A value that is missing is looked for where it should be: at the name of what should hold it.
        """
        key, node, depth = self.nearest(path)
        if key is not None and (depth < len(path) or said(node) == "nothing"):
            return key.start
        return node.start if offset is None or not isinstance(node, Scalar) else self.source.inside(node, offset)

    def key_index(self, path: Path) -> int:
        """Find a name in the text; for a value without one, the value."""
        key, node, _ = self.nearest(path)
        return node.start if key is None else key.start

    def hint(self, path: Path) -> str | None:
        """Help with a value that an unquoted comma cut off."""
        _, node, _ = self.nearest(path)
        while path and (around := self.nearest(path[:-1])[1]) is node:
            path = path[:-1]
        if not isinstance(node, Scalar) or node.style != "plain" or around.style != "flow":
            return None
        count = node.value.count
        return COMMA if count("(") != count(")") or count("'") % 2 else None

    def nearest(self, path: Path) -> tuple[Scalar | None, Node, int]:
        """Follow a path as far as it is written: the key and the value there, and how many steps were taken."""
        key: Scalar | None = None
        node = self.root
        for depth, step in enumerate(path):
            found = _step(node, step)
            if found is None:
                # The short form: the text or the list itself stands for the long form's only entry.
                short = {"sql", 0} if isinstance(node, Scalar) else {"columns"} if isinstance(node, Sequence) else ()
                if step in short:
                    continue
                return key, node, depth
            key, node = found
            if depth == 2 and step == "primary_key" and isinstance(node, Mapping) and len(node.entries) == 1:
                # A primary key's name stands between; like a constraint's in a list, it is no step.
                ((key, node),) = node.entries.values()
        return key, node, len(path)


def _step(node: Node, step: str | int) -> tuple[Scalar | None, Node] | None:
    if isinstance(node, Mapping):
        if isinstance(step, str):
            return node.entries.get(step)
        return next(islice(node.entries.values(), step, None), None)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        item = node.items[step]
        # In a list only a constraint's name may stand before its definition.
        if isinstance(item, Mapping) and len(item.entries) == 1:
            return next(iter(item.entries.values()))
        return None, item
    return None


COMMA: Final = "an unquoted comma inside { } or [ ] starts a new entry; quote the value"


def plain(node: Node) -> object:
    """Give the values without their places. The depth is limited where nodes are made."""
    if isinstance(node, Scalar):
        return _WORDS.get(node.value, node.value) if node.style == "plain" else node.value
    if isinstance(node, Mapping):
        return {name: plain(value) for name, (_, value) in node.entries.items()}
    return [plain(item) for item in node.items]


_WORDS: Final[dict[str, object]] = {"true": True, "false": False, "": None}


def said(node: Node) -> str:
    """Say what kind of value was written."""
    if isinstance(node, Scalar):
        value = plain(node)
        return "nothing" if value is None else f"the boolean {node.value}" if value in {True, False} else "text"
    return "a mapping" if isinstance(node, Mapping) else "a list"
