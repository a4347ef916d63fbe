"""Values -> YAML as a person would write it, which YAML 1.1 and 1.2 readers take for the same text.

A scalar stands bare only where every reader sees a string in it; a text of several lines stands below ``|`` only
where that loses nothing. All else is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

_WIDTH: Final = 100  # a flow mapping longer than this is written as a block
LONGEST_KEY: Final = 1000  # YAML wants the colon of a key within 1024 characters


@dataclass(frozen=True, slots=True)
class Flow:
    """A list or a mapping to be written on one line: ``[a, b]``, or ``{unique: true, sql: "(a)"}``."""

    value: Sequence[str] | Mapping[str, str | bool]


Item: TypeAlias = "Flow | str | Mapping[str, Flow | str]"
Value: TypeAlias = "str | bool | Flow | Mapping[str, Value] | Sequence[Item]"


def entry(key: str, value: Value, indent: int, step: int = 2) -> Iterator[str]:
    """Yield the lines of one entry of a mapping; what stands below it is indented by `step` more."""
    written = scalar(key)
    if len(written) > LONGEST_KEY:
        yield " " * indent + f"? {written}"
        written = ""
    yield from _after(f"{' ' * indent}{written}:", value, indent, step)


def item(value: Item) -> str:
    """Write an item of a list, on its line."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Flow):
        return _brackets(value)
    ((key, body),) = value.items()
    return f"{scalar(key)}: {item(body)}"


def inside(value: Value) -> str:
    """Write a value inside brackets, where SQL is always quoted: the next change may bring a comma into it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Flow):
        return _brackets(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(inside_entry(key, body) for key, body in value.items()) + "}"
    return "[" + ", ".join(map(inside, value)) + "]"


def inside_entry(key: str, value: Value) -> str:
    """Write an entry of a mapping inside brackets."""
    return f"{_word(key)}: {inside(value)}"


def scalar(text: str) -> str:
    """Write a text on one line, outside of brackets."""
    return text if _is_plain(text) else quoted(text)


def quoted(text: str) -> str:
    """Write a text in quotes: double ones, unless it has such quotes or backslashes itself."""
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _after(start: str, value: Value, indent: int, step: int) -> Iterator[str]:
    below = indent + step
    if isinstance(value, bool):
        yield f"{start} {str(value).lower()}"
    elif isinstance(value, str):
        if not _is_literal(value):
            yield f"{start} {scalar(value)}"
            return
        yield f"{start} |"
        yield from (" " * below + line if line else "" for line in value.split("\n"))
    elif isinstance(value, Flow):
        yield from _flow(start, value, below, step)
    elif isinstance(value, Mapping):
        yield start
        for key, body in value.items():
            yield from entry(key, body, below, step)
    else:
        yield start
        yield from (f"{' ' * below}- {item(one)}" for one in value)


def _flow(start: str, value: Flow, below: int, step: int) -> Iterator[str]:
    line = f"{start} {_brackets(value)}"
    if isinstance(value.value, Mapping) and len(line) > _WIDTH:
        yield start
        for key, body in value.value.items():
            yield from entry(key, body, below, step)
    else:
        yield line


def _brackets(flow: Flow) -> str:
    if isinstance(flow.value, Mapping):
        # SQL is always quoted here, for the next change may bring a comma into it.
        items = {key: str(item).lower() if isinstance(item, bool) else quoted(item) for key, item in flow.value.items()}
        return "{" + ", ".join(f"{_word(key)}: {item}" for key, item in items.items()) + "}"
    return "[" + ", ".join(map(_word, flow.value)) + "]"


def _word(text: str) -> str:
    """Write a name inside brackets, where a comma, a bracket or a colon would cut it."""
    return text if _is_plain(text) and not re.search(r"[\[\]{},:?]", text) else quoted(text)


# What some reader takes for null, a boolean, a merge key or a number, a date or a time.
_WORDS: Final = frozenset({"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"})
_NUMBER: Final = re.compile(r"[-+]?\.?[0-9][-+0-9a-fA-F_.:xXoOtTzZ ]*|[-+]?\.(inf|nan)", re.IGNORECASE)
# Indicators, and what could become one together with its neighbour.
_FIRST: Final = frozenset("-?:,[]{}#&*!|>'\"%@`=<")
_CUT: Final = re.compile(r": |:$| #|^\.\.\.|^ | $")


def _is_plain(text: str) -> bool:
    if not text.isprintable() or text.lower() in _WORDS or text[0] in _FIRST:
        return False
    return not (_CUT.search(text) or _NUMBER.fullmatch(text))


def _is_literal(text: str) -> bool:
    """Say whether a block below ``|`` gives the text back, with one line end after it.

    White space at a line's end would be kept, but not by everybody's editor.
    """
    lines = text.split("\n")
    return (
        len(lines) > 1
        and lines[0] != ""
        and lines[-1] != ""
        and text[0] not in " \t"
        and all(line.replace("\t", " ").isprintable() and line == line.rstrip(" \t") for line in lines)
    )


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    # What is not printable is not seen either: direction marks and spaces of no width stay visible as escapes.
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
