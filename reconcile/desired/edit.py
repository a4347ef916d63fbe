"""Take spent hints out of a schema file's text. All else, comments and spelling included, stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from reconcile.desired.load import Loaded, load
from reconcile.desired.nodes import Mapping, Node, Scalar
from reconcile.desired.places import Path
from reconcile.errors import BugError

_HINT: Final = "renamed_from"
_LINE_END: Final = re.compile(r"\r\n|\n|\r|\Z")
_COMMA_AFTER: Final = re.compile(r"[ \t]*,[ \t]*")
_COMMA_BEFORE: Final = re.compile(r"\s*,\s*\Z")


class _Cut(NamedTuple):
    """Put `text` in the place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str = ""


def prune(loaded: Loaded, spent: Iterable[Path]) -> str:
    """Take `renamed_from` out at each path, which ends in it; ``{sql: X}`` that is left of a column becomes ``X``."""
    paths = tuple(dict.fromkeys(spent))
    text = loaded.text
    for cut in sorted((_cut(loaded, path) for path in paths), reverse=True):
        text = text[: cut.start] + cut.text + text[cut.end :]
    wanted = loaded.document.model_dump()
    for path in paths:
        _unsay(wanted, path)
    if load(text, loaded.file).document.model_dump() != wanted:
        raise BugError("taking hints out of the schema file would have changed something else")
    return text


def _cut(loaded: Loaded, path: Path) -> _Cut:
    holder, around, depth = loaded.places.nearest(path[:-1])
    if depth < len(path) - 1 or not isinstance(around, Mapping) or holder is None or _HINT not in around.entries:
        raise KeyError(path)
    # A table has no short form: there `sql` is the whole statement.
    has_short_form = path[0] == "views" or "columns" in path[2:3]
    if has_short_form and around.entries.keys() == {"sql", _HINT}:
        short = _shortened(loaded.text, holder, around)
        if short is not None:
            return short
    key, value = around.entries[_HINT]
    if around.style == "flow":
        return _flow_cut(loaded.text, around, key, value)
    return _Cut(_line_start(loaded.text, key.start), _line_end(loaded.text, _last(key, value)).end())


def _shortened(text: str, holder: Scalar, around: Mapping) -> _Cut | None:
    """Put the definition itself in the place of a mapping that holds nothing else, if no comment would go with it."""
    sql_key, sql = around.entries["sql"]
    hint_key, hint = around.entries[_HINT]
    written = text[sql.start : sql.end]
    if "\n" in written:
        return None
    if around.style == "flow":
        rest = text[around.start : sql.start] + text[sql.end : around.end]
        # What is plain text inside brackets is so outside; a comment inside them would be lost.
        return None if "#" in rest.replace(text[hint.start : hint.end], "") else _Cut(around.start, around.end, written)
    sql_end, hint_end = _line_end(text, sql.end), _line_end(text, _last(hint_key, hint))
    first = min(sql_key.start, hint_key.start)
    between = text[sql_end.start() : hint_key.start] if sql.start < hint.start else text[hint_end.start() : sql.start]
    if "#" in text[holder.end : first] + between:
        return None
    return _Cut(holder.end, max(sql_end.start(), hint_end.start()), f": {text[sql.start : sql_end.start()]}")


def _flow_cut(text: str, around: Mapping, key: Scalar, value: Node) -> _Cut:
    start, end = _line_start(text, key.start), _line_end(text, value.end)
    if not text[start : key.start].strip() and not text[value.end : end.start()].strip(" \t,"):
        return _Cut(start, end.end())  # YAML allows the comma that is left before a closing bracket
    after = _COMMA_AFTER.match(text, value.end)
    if after is not None and list(around.entries)[-1] != _HINT:
        return _Cut(key.start, after.end())
    before = _COMMA_BEFORE.search(text, around.start, key.start)
    return _Cut(before.start() if before else key.start, value.end)


def _last(key: Scalar, value: Node) -> int:
    """Give the index of an entry's last character but one line end, which a block may have swallowed."""
    return max(value.end, key.end)


def _line_start(text: str, index: int) -> int:
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def _line_end(text: str, index: int) -> re.Match[str]:
    found = _LINE_END.search(text, index)
    if found is None:
        raise BugError("a text has no end")
    return found


def _unsay(document: dict[str, Any], path: Path) -> None:
    """Set the hint to None where a document, as plain values, has it."""
    *above, last = path
    for step in above:
        document = document[str(step)]
    document[str(last)] = None
